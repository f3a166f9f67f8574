/**
 * The descriptors that a thread holds by itself, a bit each, in memory shared with the thread that started it: the runtime does not know of
 * them and would leave them open when the thread dies, a listening socket among them that goes on taking connections.
 */
import { kernelCalls } from "./kernel-calls.ts";

/** Higher ones are not noted. */
const MOST = 1 << 20;

let here: Uint32Array | undefined;

/** Memory for the descriptors of a thread about to start. */
export function heldMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(MOST / 8);
}

/** In the thread itself, before it holds any. */
export function noteHeldIn(memory: SharedArrayBuffer): void {
  here = new Uint32Array(memory);
}

export function hold(fd: number): void {
  if (here !== undefined && fd < MOST) here[fd >>> 5] = (here[fd >>> 5] as number) | (1 << (fd & 31));
}

/** To be called before it is closed or given away. */
export function letGo(fd: number): void {
  if (here !== undefined && fd < MOST) here[fd >>> 5] = (here[fd >>> 5] as number) & ~(1 << (fd & 31));
}

/** Closes what a thread held that is no more. */
export function closeHeld(memory: SharedArrayBuffer): void {
  const words = new Uint32Array(memory);
  for (const [i, word] of words.entries()) {
    for (let bit = 0; bit < 32 && word >>> bit !== 0; bit++) if (((word >>> bit) & 1) === 1) kernelCalls()?.close(i * 32 + bit);
    words[i] = 0;
  }
}
