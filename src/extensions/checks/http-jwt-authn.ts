/** JWT authentication: requirements name providers that there are, and keys written in the configuration can be used. */
import { Buffer } from "node:buffer";
import { optionalMs } from "../../base/duration.ts";
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import { readKeys } from "../../match/jwt/key-set.ts";
import type { JwtAuthentication, JwtRequirement } from "../../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";

function checkRequirement(requirement: JwtRequirement | undefined, providers: object, refuse: Refuse): void {
  if (requirement === undefined) return;
  const unknown = (at: object, name: string | undefined): void => {
    if (name !== undefined && !Object.hasOwn(providers, name)) refuse(at, "provider_name", `there is no provider '${name}'`);
  };
  unknown(requirement, requirement.provider_name);
  if (requirement.provider_and_audiences !== undefined) unknown(requirement.provider_and_audiences, requirement.provider_and_audiences.provider_name ?? "");
  for (const one of [...(requirement.requires_any?.requirements ?? []), ...(requirement.requires_all?.requirements ?? [])]) checkRequirement(one, providers, refuse);
}

function checkProviders(config: JwtAuthentication, refuse: Refuse): void {
  for (const [name, provider] of Object.entries(config.providers ?? {})) {
    const { seconds = 0, nanos = 0 } = provider.max_lifetime ?? {};
    if (seconds < 0 || nanos < 0) refuse(provider, "max_lifetime", "a duration below zero");
    const { uri } = provider.remote_jwks?.http_uri ?? {};
    if (uri !== undefined && !/^[a-z][a-z0-9+.-]*:\/\/[^/?#@]+/i.test(uri)) refuse(provider.remote_jwks?.http_uri ?? provider, "uri", `the provider '${name}' has an invalid URI: '${uri}'`);
    const { base_interval: base, max_interval: most } = provider.remote_jwks?.retry_policy?.retry_back_off ?? {};
    if (most !== undefined && (optionalMs(most) ?? 0) < (optionalMs(base) ?? 0)) refuse(provider.remote_jwks?.retry_policy ?? provider, "retry_back_off", "max_interval must be at least base_interval");
    for (const claim of provider.claim_to_headers ?? []) {
      if (((claim.claim_name ?? "") === "") === ((claim.claim_path ?? []).length === 0)) refuse(claim, undefined, "exactly one of claim_name and claim_path must be set");
    }
    const { inline_string: text, inline_bytes: bytes } = provider.local_jwks ?? {};
    const keys = Buffer.from(text ?? bytes ?? "", text === undefined ? "base64" : "utf8");
    if (keys.length > 0 && readKeys(keys) === null) refuse(provider, "local_jwks", `provider '${name}' has no key that could be used`);
  }
}

function checkRules(config: JwtAuthentication, refuse: Refuse): void {
  const [providers, requirements] = [config.providers ?? {}, config.requirement_map ?? {}];
  for (const rule of config.rules ?? []) {
    checkRequirement(rule.requires, providers, refuse);
    if (rule.requirement_name !== undefined && !Object.hasOwn(requirements, rule.requirement_name)) refuse(rule, "requirement_name", `there is no requirement '${rule.requirement_name}' in requirement_map`);
  }
  for (const requirement of [...Object.values(requirements), ...Object.values(config.filter_state_rules?.requires ?? {})]) checkRequirement(requirement, providers, refuse);
}

export const HTTP_JWT_AUTHN_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", checkRules),
  refusals("LGT0406", "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", checkProviders),
];
