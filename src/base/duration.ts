/** google.protobuf.Duration as decoded messages hold it. */
export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

/** Whole milliseconds, the rest cut off, as Envoy reads durations; `undefined` when the field is absent. */
export function optionalMs(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : duration.seconds * 1000 + Math.trunc(duration.nanos / 1_000_000);
}

/** The same, with a value for an absent field. */
export function wholeMs(duration: Duration | undefined, fallback: number): number {
  return optionalMs(duration) ?? fallback;
}
