/** google.protobuf.Duration as decoded messages hold it. */
export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

/** Whole milliseconds, the rest cut off, as Envoy reads durations. */
export function toMilliseconds({ seconds, nanos }: Duration): number {
  return seconds * 1000 + Math.trunc(nanos / 1_000_000);
}

export function optionalMilliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : toMilliseconds(duration);
}

/** Whole milliseconds as Envoy takes them, `undefined` when the field is absent. */
export function optionalMs(duration: DurationMessage | undefined): number | undefined {
  return duration === undefined ? undefined : Math.trunc(durationMs(duration));
}
