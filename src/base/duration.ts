/** Decoded google.protobuf.Duration values as milliseconds. */

export interface DurationMessage {
  readonly seconds?: number | string;
  readonly nanos?: number;
}

/** Milliseconds, with fractions. */
export function durationMs(duration: DurationMessage): number {
  return Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}

/** Whole milliseconds as Envoy takes them (fractions are cut off), or `fallback` when the field is absent. */
export function wholeMs(duration: DurationMessage | undefined, fallback: number): number {
  return duration === undefined ? fallback : Math.trunc(durationMs(duration));
}

/** Whole milliseconds as Envoy takes them, `undefined` when the field is absent. */
export function optionalMs(duration: DurationMessage | undefined): number | undefined {
  return duration === undefined ? undefined : Math.trunc(durationMs(duration));
}
