/** When a redirect of the upstream is followed here instead of being handed to the client (InternalRedirectPolicyImpl). */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId } from "../http/names.ts";
import type { InternalRedirectPolicy } from "../schema/generated/envoy/config/route/v3.ts";
import { isModifiable } from "./header-mutations.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["internal_redirect_policy"],
  "envoy.config.route.v3.InternalRedirectPolicy": [
    "max_internal_redirects", "redirect_response_codes", "predicates", "allow_cross_scheme_redirect", "response_headers_to_copy",
  ],
  "envoy.config.core.v3.TypedExtensionConfig": ["name", "typed_config"],
} as const;

export interface RedirectPolicy {
  readonly message: InternalRedirectPolicy;
  readonly codes: ReadonlySet<number>;
  /** Hops of one request. */
  readonly most: number;
  readonly allowCrossScheme: boolean;
  /** Of the response that redirects, into the request that follows. */
  readonly headersToCopy: readonly number[];
}

const CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const DEFAULT_CODES: ReadonlySet<number> = new Set([302]);

export function compileInternalRedirects(message: InternalRedirectPolicy, diagnostics: Diagnostics): RedirectPolicy {
  const names = message.response_headers_to_copy ?? [];
  for (const [i, name] of names.entries()) {
    if (isModifiable(name)) continue;
    diagnostics.report({ code: "LGT0568", at: names, key: i, message: ":-prefixed headers or Hosts may not be specified here" });
  }
  const codes = message.redirect_response_codes ?? [];
  return {
    message,
    codes: codes.length === 0 ? DEFAULT_CODES : new Set(codes.filter((code) => CODES.has(code))),
    most: message.max_internal_redirects ?? 1,
    allowCrossScheme: message.allow_cross_scheme_redirect === true,
    headersToCopy: names.map((name) => nameId(name)),
  };
}
