/** XXH64 (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md) over text in wire form, one byte a character. */

const MASK = 0xffff_ffff_ffff_ffffn;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

export function rotateLeft64(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function lane(text: string, at: number, bytes: number): bigint {
  let low = 0;
  let high = 0;
  for (let i = Math.min(bytes, 4) - 1; i >= 0; i--) low = low * 256 + text.charCodeAt(at + i);
  for (let i = bytes - 1; i >= 4; i--) high = high * 256 + text.charCodeAt(at + i);
  return (BigInt(high) << 32n) | BigInt(low);
}

function round(accumulator: bigint, input: bigint): bigint {
  return (rotateLeft64((accumulator + input * P2) & MASK, 31n) * P1) & MASK;
}

function merge(accumulator: bigint, value: bigint): bigint {
  return ((accumulator ^ round(0n, value)) * P1 + P4) & MASK;
}

function stripes(text: string, seed: bigint): bigint {
  let [a, b, c, d] = [(seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK];
  for (let at = 0; at + 32 <= text.length; at += 32) {
    a = round(a, lane(text, at, 8));
    b = round(b, lane(text, at + 8, 8));
    c = round(c, lane(text, at + 16, 8));
    d = round(d, lane(text, at + 24, 8));
  }
  const mixed = (rotateLeft64(a, 1n) + rotateLeft64(b, 7n) + rotateLeft64(c, 12n) + rotateLeft64(d, 18n)) & MASK;
  return merge(merge(merge(merge(mixed, a), b), c), d);
}

/** The 64-bit hash of a text's bytes. */
export function xxHash64(text: string, seed = 0n): bigint {
  let hash = ((text.length >= 32 ? stripes(text, seed) : seed + P5) + BigInt(text.length)) & MASK;
  let at = text.length & ~31;
  for (; at + 8 <= text.length; at += 8) hash = (rotateLeft64(hash ^ round(0n, lane(text, at, 8)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= text.length) {
    hash = (rotateLeft64(hash ^ ((lane(text, at, 4) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < text.length; at++) hash = (rotateLeft64(hash ^ ((BigInt(text.charCodeAt(at)) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
