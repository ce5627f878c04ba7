/** CRC-32 as zip and PNG have it (polynomial 0xEDB88320, bits reversed): any run of up to 32 wrong bits shows. */

/** tables[k][b]: what the byte b does to the sum k bytes later. */
let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    return sum;
  });
  const made = [first];
  for (let k = 1; k < 4; k++) made.push(made[k - 1].map((sum) => (sum >>> 8) ^ first[sum & 0xff]));
  return made;
}

/** The sum of bytes, going on from the sum of those before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables;
  let sum = ~before;
  let i = 0;
  // Four bytes at a time.
  for (const end = bytes.length - 3; i < end; i += 4) {
    sum ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    sum = t3[sum & 0xff] ^ t2[(sum >>> 8) & 0xff] ^ t1[(sum >>> 16) & 0xff] ^ t0[sum >>> 24];
  }
  for (; i < bytes.length; i++) sum = (sum >>> 8) ^ t0[(sum ^ bytes[i]) & 0xff];
  return ~sum >>> 0;
}
