/**
 * The first key that stands twice in one object of a valid JSON text: JSON.parse keeps the last one
 * without a word, and two readers of one file could then see two different things.
 */
export function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let last: readonly [from: number, to: number] = [0, 0];
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') {
      const from = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      last = [from, at + 1];
    } else if (sign === '{') open.push(new Set());
    else if (sign === '}') open.pop();
    else if (sign === ':') {
      const key: string = JSON.parse(json.slice(...last));
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
