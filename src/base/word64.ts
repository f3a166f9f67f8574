/** Arithmetic of 64-bit words in two halves: several times as fast as BigInt where words are many. The result of each function stands in `high` and `low`. */
export let high = 0;
export let low = 0;

export function set64(h: number, l: number): void {
  high = h | 0;
  low = l | 0;
}

export function add64(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0);
  high = (high + h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  low = sum | 0;
}

export function xor64(h: number, l: number): void {
  high ^= h;
  low ^= l;
}

export function mul64(h: number, l: number): void {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = l & 0xffff;
  const b1 = l >>> 16;
  const p00 = Math.imul(a0, b0) >>> 0;
  const middle = a0 * b1 + a1 * b0 + (p00 >>> 16);
  high = (a1 * b1 + Math.floor(middle / 65_536) + Math.imul(high, l) + Math.imul(low, h)) | 0;
  low = (middle << 16) | (p00 & 0xffff);
}

/** `bits`: 1 to 31. */
export function rotateLeft64(bits: number): void {
  const h = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (high >>> (32 - bits));
  high = h;
}

/** Exclusive or with itself, shifted right; `bits`: 1 to 63. */
export function xorShift64(bits: number): void {
  if (bits >= 32) {
    low ^= high >>> (bits - 32);
    return;
  }
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

export function toBigInt64(): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
