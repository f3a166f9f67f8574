/** Random delays. */

/** How much a delay may be lengthened: `percent` of it, whole milliseconds rounded up, as Envoy does. */
export function jitterOf(ms: number, percent: number | undefined): number {
  return percent === undefined || percent <= 0 ? 0 : Math.ceil((ms * percent) / 100);
}

/** `ms` lengthened by a random part of `most`, which is never reached. `draw`: any whole number. */
export function jittered(ms: number, most: number, draw: () => number): number {
  return most > 0 ? ms + (draw() % most) : ms;
}
