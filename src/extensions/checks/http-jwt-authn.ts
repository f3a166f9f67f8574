/** JWT authentication: requirements name providers that there are. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
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
];
