/** One host's checks on the wire. */
export type FailureKind = "ACTIVE" | "PASSIVE" | "NETWORK" | "NETWORK_TIMEOUT";

export interface CheckFailure {
  readonly kind: FailureKind;
  /** It counts only when it comes again and again. */
  readonly retriable: boolean;
  /** 0 where there was none. */
  readonly status: number;
  /** The host asks to be left out at once (`x-envoy-immediate-health-check-fail`). */
  readonly immediate: boolean;
}

export const NETWORK_FAILURE: CheckFailure = { kind: "NETWORK", retriable: false, status: 0, immediate: false };

/** Hears how each check came out. */
export interface ProbeOwner {
  onPassed(degraded: boolean): void;
  onFailed(failure: CheckFailure): void;
  /** `service_name_matcher` was asked. */
  onServiceVerified(): void;
}

export interface CheckProbe {
  /** Begins a check, on the connection that is there or on a new one. */
  begin(): void;
  /** It took too long: what is under way is cut off, and nothing of it is reported. */
  abandon(): void;
  close(): void;
}
