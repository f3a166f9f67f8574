/** `strict_check_headers`: requests whose steering headers make no sense are refused instead of being taken as if they had none. */
import type { HeaderBlock } from "../http/header-block.ts";
import {
  nameId, X_ENVOY_MAX_RETRIES, X_ENVOY_RETRY_GRPC_ON, X_ENVOY_RETRY_ON, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
} from "../http/names.ts";
import { parseRetryOn, RETRY_ON_GRPC } from "../router/retry-policy.ts";
import { wholeNumber } from "./consumed-headers.ts";

type Check = (value: string) => boolean;

const isInteger: Check = (value) => wholeNumber(value) !== undefined;

function knows(grpc: boolean): Check {
  return (value) => {
    const { known, unknown } = parseRetryOn(value);
    return unknown.length === 0 && [...known].every((word) => RETRY_ON_GRPC.has(word) === grpc);
  };
}

/** In the order in which Envoy looks. */
const CHECKS: readonly (readonly [number, Check])[] = [
  [X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, isInteger],
  [X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS, isInteger],
  [X_ENVOY_MAX_RETRIES, isInteger],
  [X_ENVOY_RETRY_ON, knows(false)],
  [X_ENVOY_RETRY_GRPC_ON, knows(true)],
];

export type StrictChecks = readonly (readonly [number, Check])[];

/** The checks of a list of header names. */
export function compileStrictChecks(names: readonly string[]): StrictChecks {
  const ids = new Set(names.map((name) => nameId(name)));
  return CHECKS.filter(([id]) => ids.has(id));
}

/** The first header that does not pass, by its id; 0 if all do. */
export function failsStrictly(checks: StrictChecks, headers: HeaderBlock): number {
  for (const [id, check] of checks) {
    const value = headers.get(id);
    if (value !== null && !check(value)) return id;
  }
  return 0;
}
