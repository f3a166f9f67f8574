/** What permissions and principals have in common: a test of a request or a connection. */
import { Cidr } from "../../base/cidr.ts";
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { SourcedMetadata } from "../../schema/generated/envoy/config/rbac/v3.ts";
import type { CidrRange } from "../../schema/generated/envoy/config/core/v3.ts";
import type { HeaderMatcher } from "../../schema/generated/envoy/config/route/v3.ts";
import type { MetadataMatcher, PathMatcher } from "../../schema/generated/envoy/type/matcher/v3.ts";
import { compileHeaderMatcher } from "../header-matcher.ts";
import { metadataOf, type MatchSubject } from "../inputs/subject.ts";
import { MetadataCondition } from "../metadata-matcher.ts";
import { barePath } from "../path-matcher.ts";
import { compileStringMatcher } from "../string-matcher.ts";

export const honours = {
  "envoy.config.rbac.v3.SourcedMetadata": ["metadata_matcher", "metadata_source"], "envoy.type.matcher.v3.PathMatcher": ["path"],
} as const;

export type Rule = (subject: MatchSubject) => boolean;

export const ALWAYS: Rule = () => true;
export const NEVER: Rule = () => false;

export function all(rules: readonly Rule[]): Rule {
  const [only] = rules;
  if (only !== undefined && rules.length === 1) return only;
  return (subject) => {
    for (const rule of rules) if (!rule(subject)) return false;
    return true;
  };
}

export function any(rules: readonly Rule[]): Rule {
  const [only] = rules;
  if (only !== undefined && rules.length === 1) return only;
  return (subject) => {
    for (const rule of rules) if (rule(subject)) return true;
    return false;
  };
}

export function not(rule: Rule): Rule {
  return (subject) => !rule(subject);
}

export function headerRule(config: HeaderMatcher, diagnostics: Diagnostics): Rule {
  const condition = compileHeaderMatcher(config, diagnostics);
  return ({ requestHeaders }) => condition.test(requestHeaders);
}

/** Of `:path` without query and fragment. */
export function pathRule(config: PathMatcher, diagnostics: Diagnostics): Rule {
  const matcher = compileStringMatcher(config.path ?? {}, diagnostics);
  return ({ requestHeaders: { path } }) => path !== null && matcher.test(barePath(path));
}

export function addressRule(range: CidrRange, address: (subject: MatchSubject) => SocketAddress): Rule {
  const cidr = Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0);
  if (cidr === null) return NEVER;
  return (subject) => {
    const found = address(subject);
    return found.kind === "ip" && cidr.contains(found.ip);
  };
}

const NOTHING: Readonly<Record<string, unknown>> = {};

export function metadataRule(config: MetadataMatcher | undefined, diagnostics: Diagnostics): Rule {
  const condition = new MetadataCondition(config ?? {}, diagnostics);
  return (subject) => condition.matchesMetadata(metadataOf(subject));
}

export function sourcedMetadataRule(config: SourcedMetadata, diagnostics: Diagnostics): Rule {
  if (config.metadata_source !== "ROUTE") return metadataRule(config.metadata_matcher, diagnostics);
  const condition = new MetadataCondition(config.metadata_matcher ?? {}, diagnostics);
  return ({ routeMetadata }) => routeMetadata !== null && condition.matchesMetadata((routeMetadata["filter_metadata"] as Readonly<Record<string, unknown>> | undefined) ?? NOTHING);
}

export function filterStateOf({ info }: MatchSubject, key: string): string | null {
  const value = info.filterState?.get(key);
  return typeof value === "string" ? toWire(value) : null;
}

export function notDone(at: object, key: string, what: string, diagnostics: Diagnostics): Rule {
  diagnostics.report({ code: "LGT0901", at, key, message: `${what} is known to Envoy and not done here` });
  return NEVER;
}
