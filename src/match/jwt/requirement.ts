/** What tokens a request must have: a tree of checks, each of which may answer later (verifier.cc). */
import type { JwtRequirement } from "../../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";
import { type JwtStatus, MISSED, OK, UNKNOWN_ISSUER } from "./status.ts";

type Done = (status: JwtStatus) => void;
/** Asks about one request; `done` is called once, perhaps before this returns. */
export type Check<R> = (run: R, done: Done) => void;

/** Makes the checks that look at tokens. */
export interface Checks<R> {
  provider(name: string, audiences: readonly string[]): Check<R>;
  missingAllowed(): Check<R>;
  failedAllowed(): Check<R>;
  extractOnly(header: string): Check<R>;
}

interface Leniency {
  readonly missing: boolean;
  readonly failed: boolean;
}

/** Of all that failed: what is neither a missing token nor an unknown issuer counts most. */
function worst(statuses: readonly JwtStatus[], { missing, failed }: Leniency): JwtStatus {
  let result = MISSED;
  for (const status of statuses) if ((status !== MISSED && status !== UNKNOWN_ISSUER) || result === MISSED) result = status;
  return failed || (missing && result === MISSED) ? OK : result;
}

function anyOf<R>(checks: readonly Check<R>[], leniency: Leniency): Check<R> {
  return (run, done) => {
    const statuses: JwtStatus[] = checks.map(() => MISSED);
    let [open, over] = [checks.length, false];
    for (const [i, check] of checks.entries()) {
      if (over) return;
      check(run, (status) => {
        statuses[i] = status;
        if (over || (--open > 0 && status !== OK)) return;
        over = true;
        done(status === OK ? OK : worst(statuses, leniency));
      });
    }
  };
}

function allOf<R>(checks: readonly Check<R>[]): Check<R> {
  return (run, done) => {
    let [open, over] = [checks.length, false];
    for (const check of checks) {
      if (over) return;
      check(run, (status) => {
        if (over || (--open > 0 && status === OK)) return;
        over = true;
        done(status);
      });
    }
  };
}

function compileAny<R>(requirements: readonly JwtRequirement[], checks: Checks<R>): Check<R> {
  const leniency = { missing: requirements.some((one) => one.allow_missing !== undefined), failed: requirements.some((one) => one.allow_missing_or_failed !== undefined) };
  const strict = requirements.filter((one) => one.allow_missing === undefined && one.allow_missing_or_failed === undefined);
  if (strict.length === 0) return leniency.failed ? checks.failedAllowed() : checks.missingAllowed();
  return anyOf(strict.map((one) => compileRequirement(one, checks)), leniency);
}

export function compileRequirement<R>(requirement: JwtRequirement, checks: Checks<R>): Check<R> {
  const { provider_name: name, provider_and_audiences: pair, requires_any: any, requires_all: all, extract_only_without_validation: extract } = requirement;
  if (name !== undefined) return checks.provider(name, []);
  if (pair !== undefined) return checks.provider(pair.provider_name ?? "", pair.audiences ?? []);
  if (any !== undefined) return compileAny(any.requirements ?? [], checks);
  if (all !== undefined) return allOf((all.requirements ?? []).map((one) => compileRequirement(one, checks)));
  if (extract !== undefined) return checks.extractOnly(extract.verification_status_header || "x-jwt-signature-verified");
  if (requirement.allow_missing !== undefined) return checks.missingAllowed();
  if (requirement.allow_missing_or_failed !== undefined) return checks.failedAllowed();
  return (_, done) => done(OK);
}
