// Draws digits in the terminal, two rows of pixels in a line of half blocks.
import { styleText } from 'node:util';

const SIDE = 28;
/** Digits leave a margin; without it three stand side by side in 80 columns. */
const MARGIN = 2;
const WIDTH = SIDE - 2 * MARGIN;
const GAP = 2;

/** A row of digits that the network reads right and a row of those it reads wrong, with how sure it is. */
export function drawDigits(images, labels, probabilities) {
  const columns = process.stdout.columns ?? 80;
  const count = Math.max(1, Math.min(5, Math.floor((columns + GAP) / (WIDTH + GAP))));
  const read = readings(probabilities);
  const choose = (right) => {
    const chosen = [];
    for (let i = 0; i < read.length && chosen.length < count; i++) {
      if ((read[i].digit === labels.data[i]) === right) chosen.push(i);
    }
    return chosen;
  };
  for (const right of [true, false]) {
    const chosen = choose(right);
    if (chosen.length === 0) continue;
    const pictures = chosen.map((i) => picture(images.data.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)));
    for (let row = 0; row < SIDE / 2; row++) {
      console.log(
        pictures
          .map((lines) => lines[row])
          .join(' '.repeat(GAP))
          .trimEnd(),
      );
    }
    const captions = chosen.map((i) => {
      const { digit, sure } = read[i];
      const caption = `${digit}, ${(100 * sure).toFixed(1)}% sure${right ? '' : ` (is ${labels.data[i]})`}`;
      return color(right ? 'green' : 'red', caption.padEnd(WIDTH + GAP));
    });
    console.log(captions.join('').trimEnd());
  }
}

/** The digit with the highest probability of each row. */
function readings({ data, shape: [count, classes] }) {
  return Array.from({ length: count }, (_, i) => {
    const row = data.subarray(i * classes, (i + 1) * classes);
    const sure = Math.max(...row);
    return { digit: row.indexOf(sure), sure };
  });
}

function picture(pixels) {
  const ink = (x, y) => pixels[y * SIDE + x] > 100;
  return Array.from({ length: SIDE / 2 }, (_, row) =>
    Array.from({ length: WIDTH }, (_, column) => {
      const x = column + MARGIN;
      return ' ▀▄█'[Number(ink(x, 2 * row)) + 2 * Number(ink(x, 2 * row + 1))];
    }).join(''),
  );
}

/** Captions say everything without colour, too. */
const color = (name, text) => (process.stdout.hasColors?.() ? styleText(name, text) : text);
