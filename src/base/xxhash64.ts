/** XXH64 (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md) over text in wire form, one byte a character. */
import { add64, high, low, mul64, rotateLeft64 as turn64, set64, toBigInt64, xor64, xorShift64 } from "./word64.ts";

// the primes, in halves
const [P1H, P1L] = [0x9e3779b1, 0x85ebca87];
const [P2H, P2L] = [0xc2b2ae3d, 0x27d4eb4f];
const [P3H, P3L] = [0x165667b1, 0x9e3779f9];
const [P4H, P4L] = [0x85ebca77, 0xc2b2ae63];
const [P5H, P5L] = [0x27d4eb2f, 0x165667c5];

function four(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24);
}

/** Adds eight bytes to the accumulator that stands in the word. */
function round(text: string, at: number): void {
  const h = high;
  const l = low;
  set64(four(text, at + 4), four(text, at));
  mul64(P2H, P2L);
  add64(h, l);
  turn64(31);
  mul64(P1H, P1L);
}

/** Four accumulators, in halves. */
const lanes = new Int32Array(8);

function load(i: number): void {
  set64(lanes[i * 2] as number, lanes[i * 2 + 1] as number);
}

function keep(i: number): void {
  lanes[i * 2] = high;
  lanes[i * 2 + 1] = low;
}

function stripes(text: string, seedHigh: number, seedLow: number): void {
  begin(seedHigh, seedLow);
  for (let at = 0; at + 32 <= text.length; at += 32) {
    for (let i = 0; i < 4; i++) {
      load(i);
      round(text, at + i * 8);
      keep(i);
    }
  }
  let [h, l] = [0, 0];
  for (const [i, bits] of ROTATIONS) {
    load(i);
    turn64(bits);
    add64(h, l);
    [h, l] = [high, low];
  }
  for (let i = 0; i < 4; i++) merge(i);
}

const ROTATIONS: readonly (readonly [number, number])[] = [[0, 1], [1, 7], [2, 12], [3, 18]];

function begin(seedHigh: number, seedLow: number): void {
  set64(seedHigh, seedLow);
  keep(2);
  add64(P2H, P2L);
  keep(1);
  add64(P1H, P1L);
  keep(0);
  set64(seedHigh, seedLow);
  add64(~P1H, ~P1L);
  add64(0, 1); // minus P1
  keep(3);
}

function merge(i: number): void {
  const h = high;
  const l = low;
  load(i);
  mul64(P2H, P2L);
  turn64(31);
  mul64(P1H, P1L);
  xor64(h, l);
  mul64(P1H, P1L);
  add64(P4H, P4L);
}

/** Leaves the hash in the word of `word64.ts`. */
export function xxHash64Word(text: string, seedHigh = 0, seedLow = 0): void {
  const { length } = text;
  if (length >= 32) {
    stripes(text, seedHigh, seedLow);
  } else {
    set64(seedHigh, seedLow);
    add64(P5H, P5L);
  }
  add64(0, length);
  let at = length & ~31;
  for (; at + 8 <= length; at += 8) eight(text, at);
  if (at + 4 <= length) {
    const h = high;
  const l = low;
    set64(0, four(text, at));
    mul64(P1H, P1L);
    xor64(h, l);
    turn64(23);
    mul64(P2H, P2L);
    add64(P3H, P3L);
    at += 4;
  }
  for (; at < length; at++) one(text.charCodeAt(at));
  xorShift64(33);
  mul64(P2H, P2L);
  xorShift64(29);
  mul64(P3H, P3L);
  xorShift64(32);
}

function eight(text: string, at: number): void {
  const h = high;
  const l = low;
  set64(0, 0);
  round(text, at);
  xor64(h, l);
  turn64(27);
  mul64(P1H, P1L);
  add64(P4H, P4L);
}

function one(byte: number): void {
  const h = high;
  const l = low;
  set64(0, byte);
  mul64(P5H, P5L);
  xor64(h, l);
  turn64(11);
  mul64(P1H, P1L);
}

/** The 64-bit hash of a text's bytes. */
export function xxHash64(text: string, seed = 0n): bigint {
  if (seed === 0n) xxHash64Word(text);
  else xxHash64Word(text, Number(seed >> 32n), Number(seed & 0xffff_ffffn));
  return toBigInt64();
}

export function rotateLeft64(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & 0xffff_ffff_ffff_ffffn;
}
