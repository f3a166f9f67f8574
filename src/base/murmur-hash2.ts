/** MurmurHash64A over text in wire form, one byte a character, as `std::hash` of GNU C++ has it (Envoy's MURMUR_HASH_2). */
import { high, low, mul64, set64, toBigInt64, xor64, xorShift64 } from "./word64.ts";

const [MUL_HIGH, MUL_LOW] = [0xc6a4a793, 0x5bd1e995];
/** The seed of `std::hash`. */
const SEED = 0xc70f6907;

/** Up to four bytes, the least first. */
function load(text: string, at: number, bytes: number): number {
  let word = 0;
  for (let i = bytes - 1; i >= 0; i--) word = (word << 8) | text.charCodeAt(at + i);
  return word;
}

/** Leaves the hash in the word of `word64.ts`. */
export function murmurHash2Word(text: string): void {
  const { length } = text;
  set64(0, length);
  mul64(MUL_HIGH, MUL_LOW);
  xor64(0, SEED);
  const whole = length & ~7;
  for (let at = 0; at < whole; at += 8) {
    const h = high;
  const l = low;
    set64(load(text, at + 4, 4), load(text, at, 4));
    mul64(MUL_HIGH, MUL_LOW);
    xorShift64(47);
    mul64(MUL_HIGH, MUL_LOW);
    xor64(h, l);
    mul64(MUL_HIGH, MUL_LOW);
  }
  const left = length - whole;
  if (left > 0) {
    xor64(left > 4 ? load(text, whole + 4, left - 4) : 0, load(text, whole, Math.min(left, 4)));
    mul64(MUL_HIGH, MUL_LOW);
  }
  xorShift64(47);
  mul64(MUL_HIGH, MUL_LOW);
  xorShift64(47);
}

export function murmurHash2(text: string): bigint {
  murmurHash2Word(text);
  return toBigInt64();
}
