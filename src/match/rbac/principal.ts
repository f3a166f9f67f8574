/** envoy.config.rbac.v3.Principal: who asks. */
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Principal, Principal_Authenticated } from "../../schema/generated/envoy/config/rbac/v3.ts";
import type { Config as MutualTls } from "../../schema/generated/envoy/extensions/rbac/principals/mtls_authenticated/v3.ts";
import type { FilterStateMatcher } from "../../schema/generated/envoy/type/matcher/v3.ts";
import { dnsNameMatches } from "../dns-name.ts";
import { typeNameOf } from "../inputs/inputs.ts";
import { compileAddressMatcher } from "../address-matcher.ts";
import { compileStringMatcher } from "../string-matcher.ts";
import { addressRule, all, ALWAYS, any, filterStateOf, headerRule, metadataRule, not, notDone, pathRule, type Rule, sourcedMetadataRule } from "./rule.ts";

const MUTUAL_TLS = "envoy.extensions.rbac.principals.mtls_authenticated.v3.Config";

export const honours = {
  "envoy.config.rbac.v3.Principal": [
    "and_ids", "or_ids", "any", "authenticated", "source_ip", "direct_remote_ip", "remote_ip", "header", "url_path", "metadata", "filter_state", "not_id", "sourced_metadata", "custom",
  ],
  [MUTUAL_TLS]: ["san_matcher", "any_validated_client_certificate"], "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher": ["san_type", "matcher"],
  "envoy.config.rbac.v3.Principal.Set": ["ids"],
  "envoy.config.rbac.v3.Principal.Authenticated": ["principal_name"],
} as const;

/** By the names in the client's certificate: URIs, then DNS names, then its subject. */
function authenticatedRule(config: Principal_Authenticated, diagnostics: Diagnostics): Rule {
  if (config.principal_name === undefined) return ({ tls }) => tls !== null;
  const matcher = compileStringMatcher(config.principal_name, diagnostics);
  return ({ tls }) => tls !== null && (tls.uriSans.some((name) => matcher.test(name)) || tls.dnsSans.some((name) => matcher.test(name)) || matcher.test(tls.subject));
}

function filterStateRule(config: FilterStateMatcher, diagnostics: Diagnostics): Rule {
  const key = config.key ?? "";
  const matcher = config.address_match === undefined ? compileStringMatcher(config.string_match ?? {}, diagnostics) : compileAddressMatcher(config.address_match, diagnostics);
  return (subject) => {
    const value = filterStateOf(subject, key);
    return value !== null && matcher.test(value);
  };
}

/** A certificate of the client that was found good, perhaps with a name. */
function mutualRule(config: MutualTls, diagnostics: Diagnostics): Rule {
  if (config.san_matcher === undefined) return ({ tls }) => tls?.validated === true;
  const { san_type: type = "SAN_TYPE_UNSPECIFIED", matcher = {} } = config.san_matcher;
  if (type === "OTHER_NAME") return notDone(config, "san_matcher", "a name of the type OTHER_NAME as a principal", diagnostics);
  const { exact } = matcher;
  const value = compileStringMatcher(matcher, diagnostics);
  const test = type === "DNS" && exact !== undefined ? (name: string) => dnsNameMatches(exact, name) : (name: string) => value.test(name);
  return ({ tls }) => tls?.validated === true && tls.names(type).some(test);
}

export function compilePrincipal(config: Principal, diagnostics: Diagnostics): Rule {
  const inner = (list: readonly Principal[] | undefined): Rule[] => (list ?? []).map((one) => compilePrincipal(one, diagnostics));
  if (config.and_ids !== undefined) return all(inner(config.and_ids.ids));
  if (config.or_ids !== undefined) return any(inner(config.or_ids.ids));
  if (config.not_id !== undefined) return not(compilePrincipal(config.not_id, diagnostics));
  if (config.any !== undefined) return ALWAYS;
  if (config.header !== undefined) return headerRule(config.header, diagnostics);
  if (config.url_path !== undefined) return pathRule(config.url_path, diagnostics);
  if (config.metadata !== undefined) return metadataRule(config.metadata, diagnostics);
  if (config.sourced_metadata !== undefined) return sourcedMetadataRule(config.sourced_metadata, diagnostics);
  return ofConnection(config, diagnostics);
}

function ofConnection(config: Principal, diagnostics: Diagnostics): Rule {
  if (config.authenticated !== undefined) return authenticatedRule(config.authenticated, diagnostics);
  if (config.source_ip !== undefined) return addressRule(config.source_ip, ({ info }) => info.downstream.remote);
  if (config.direct_remote_ip !== undefined) return addressRule(config.direct_remote_ip, ({ info }) => info.downstream.direct);
  if (config.remote_ip !== undefined) return addressRule(config.remote_ip, ({ info }) => info.remote);
  if (config.filter_state !== undefined) return filterStateRule(config.filter_state, diagnostics);
  if (typeNameOf(config.custom?.typed_config) === MUTUAL_TLS) return mutualRule((config.custom?.typed_config ?? {}) as MutualTls, diagnostics);
  return notDone(config, "custom", "a principal of an extension", diagnostics);
}
