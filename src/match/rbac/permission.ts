/** envoy.config.rbac.v3.Permission: what is asked for. */
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Permission } from "../../schema/generated/envoy/config/rbac/v3.ts";
import type { TypedExtensionConfig } from "../../schema/generated/envoy/config/core/v3.ts";
import { typeNameOf } from "../inputs/inputs.ts";
import { barePath, URI_TEMPLATE_MATCH } from "../path-matcher.ts";
import { compileStringMatcher } from "../string-matcher.ts";
import { compileTemplate, TemplateError } from "../uri-template.ts";
import { addressRule, all, ALWAYS, any, headerRule, metadataRule, NEVER, not, notDone, pathRule, type Rule, sourcedMetadataRule } from "./rule.ts";

export const honours = {
  "envoy.config.rbac.v3.Permission": [
    "and_rules", "or_rules", "any", "header", "url_path", "destination_ip", "destination_port", "destination_port_range", "metadata", "not_rule", "requested_server_name",
    "uri_template", "sourced_metadata",
  ],
  "envoy.config.rbac.v3.Permission.Set": ["rules"],
  "envoy.type.v3.Int32Range": ["start", "end"],
} as const;

function templateRule(config: TypedExtensionConfig, diagnostics: Diagnostics): Rule {
  const typed = config.typed_config;
  if (typeNameOf(typed) !== URI_TEMPLATE_MATCH) return notDone(config, "typed_config", `the path matcher ${typeNameOf(typed)}`, diagnostics);
  try {
    const regex = compileTemplate(String(typed?.["path_template"] ?? ""));
    return ({ requestHeaders: { path } }) => path !== null && regex.fullMatch(barePath(path));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    diagnostics.report({ code: "LGT0541", at: typed ?? config, key: "path_template", message: `path_template is invalid: ${error.message}` });
    return NEVER;
  }
}

function portRule(start: number, end: number): Rule {
  return ({ info: { downstream: { local } } }) => local.kind === "ip" && start <= local.port && local.port < end;
}

export function compilePermission(config: Permission, diagnostics: Diagnostics): Rule {
  const inner = (list: readonly Permission[] | undefined): Rule[] => (list ?? []).map((one) => compilePermission(one, diagnostics));
  if (config.and_rules !== undefined) return all(inner(config.and_rules.rules));
  if (config.or_rules !== undefined) return any(inner(config.or_rules.rules));
  if (config.not_rule !== undefined) return not(compilePermission(config.not_rule, diagnostics));
  if (config.any !== undefined) return ALWAYS;
  if (config.header !== undefined) return headerRule(config.header, diagnostics);
  if (config.url_path !== undefined) return pathRule(config.url_path, diagnostics);
  if (config.uri_template !== undefined) return templateRule(config.uri_template, diagnostics);
  return ofConnection(config, diagnostics);
}

function ofConnection(config: Permission, diagnostics: Diagnostics): Rule {
  if (config.destination_ip !== undefined) return addressRule(config.destination_ip, ({ info }) => info.downstream.local);
  if (config.destination_port !== undefined) return portRule(config.destination_port, config.destination_port + 1);
  if (config.destination_port_range !== undefined) return portRule(config.destination_port_range.start ?? 0, config.destination_port_range.end ?? 0);
  if (config.metadata !== undefined) return metadataRule(config.metadata, diagnostics);
  if (config.sourced_metadata !== undefined) return sourcedMetadataRule(config.sourced_metadata, diagnostics);
  if (config.matcher !== undefined) return notDone(config, "matcher", "the upstream address as a permission", diagnostics);
  const matcher = compileStringMatcher(config.requested_server_name ?? {}, diagnostics);
  return ({ serverName }) => matcher.test(serverName);
}
