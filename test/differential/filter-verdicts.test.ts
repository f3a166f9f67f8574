/** Configurations of HTTP filters, good and bad: legate finds valid what Envoy finds valid. One line a configuration. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate } from "../../src/tools/validate.ts";
import { findEnvoy } from "../support/envoy-json.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const check = compileCheck(ALL_EXTENSIONS);
const envoy = findEnvoy();
const folder = mkdtempSync(join(tmpdir(), "filter-verdicts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** By message of a filter: configurations as YAML; of routes where the name ends with `PerRoute:`. */
const CONFIGS: Readonly<Record<string, readonly string[]>> = {
  "fault.v3.HTTPFault": [
    "", "abort: {}", "abort: { http_status: 199 }", "abort: { http_status: 600 }", "abort: { http_status: 503, grpc_status: 1 }", "delay: { fixed_delay: 0s }", "delay: { fixed_delay: -1s }", "delay: { header_delay: {} }", "delay: {}",
    "response_rate_limit: {}", "response_rate_limit: { fixed_limit: { limit_kbps: 0 } }", "response_rate_limit: { fixed_limit: { limit_kbps: 1 } }", "abort: { http_status: 503, percentage: { numerator: 101 } }", "headers: [{}]", "max_active_faults: -1",
  ],
  "csrf.v3.CsrfPolicy": ["", "filter_enabled: {}", "filter_enabled: { default_value: { numerator: 100 } }", "filter_enabled: { default_value: {} }, additional_origins: [{}]", "filter_enabled: { default_value: {} }, additional_origins: [{ safe_regex: { regex: '(' } }]"],
  "header_to_metadata.v3.Config": [
    "", "request_rules: [{}]", "request_rules: [{ header: x }]", "request_rules: [{ header: x, cookie: y, on_header_present: { key: k } }]", "request_rules: [{ header: x, on_header_missing: { key: k } }]", "request_rules: [{ header: x, on_header_present: {} }]",
    "request_rules: [{ cookie: x, remove: true, on_header_present: { key: k } }]", "request_rules: [{ header: x, on_header_present: { key: k, value: v, regex_value_rewrite: { pattern: { regex: a }, substitution: b } } }]", "request_rules: [{ header: x, on_header_present: { key: k, regex_value_rewrite: { pattern: { regex: '(a)' }, substitution: '\\2' } } }]",
  ],
  "jwt_authn.v3.JwtAuthentication": [
    "", "providers: { a: {} }", "providers: { a: { local_jwks: { inline_string: x } } }", "providers: { a: { local_jwks: { inline_string: '{}' } } }", "providers: { a: { local_jwks: { inline_string: '{\"keys\":[]}' } } }",
    "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' } } }", "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"\"}]}' } } }",
    "providers: { a: { remote_jwks: {} } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'http://a/b', cluster: u, timeout: 1s } } } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'a', cluster: u, timeout: 1s } } } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'http://a/b', cluster: nowhere, timeout: 1s } } } }",
    "rules: [{}]", "rules: [{ match: { prefix: / } }]", "rules: [{ match: { prefix: / }, requires: { provider_name: a } }]", "rules: [{ match: { prefix: / }, requirement_name: a }]", "rules: [{ match: { prefix: / }, requires: {} }]",
    "rules: [{ match: { prefix: / }, requires: { requires_any: { requirements: [{ allow_missing: {} }] } } }]", "rules: [{ match: { prefix: / }, requires: { requires_any: { requirements: [{ allow_missing: {} }, { allow_missing_or_failed: {} }] } } }]",
    "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' }, from_headers: [{}] } }", "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' }, claim_to_headers: [{ header_name: x }] } }", "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' }, claim_to_headers: [{ header_name: x, claim_name: a, claim_path: [{ key: a }] }] } }",
    "providers: { a: { remote_jwks: { http_uri: { uri: 'ftp://a/b', cluster: u, timeout: 1s } } } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'HTTPS://a', cluster: u, timeout: 1s } } } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'http:///x', cluster: u, timeout: 1s } } } }", "providers: { a: { remote_jwks: { http_uri: { uri: 'http://a', cluster: u, timeout: 1s }, retry_policy: { retry_back_off: { base_interval: 2s, max_interval: 1s } } } } }",
    "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' }, claim_to_headers: [{ header_name: 'x y', claim_name: a }] } }", "providers: { a: { local_jwks: { inline_string: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}' }, max_lifetime: -1s } }",
  ],
  "ext_authz.v3.ExtAuthz": [
    "", "http_service: {}", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }", "http_service: { server_uri: { uri: 'http://a', cluster: nowhere, timeout: 1s } }", "http_service: { server_uri: { uri: 'http://a', cluster: u } }",
    "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, path_prefix: a }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, path_override: a }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, path_prefix: /a, path_override: /b }",
    "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, with_request_body: {}", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, with_request_body: { max_request_bytes: 0 }",
    "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, authorization_request: { allowed_headers: { patterns: [{ exact: a }] } } }, allowed_headers: { patterns: [{ exact: a }] }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, allowed_headers: {}",
    "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, authorization_request: { headers_to_add: [{ key: ':path', value: a }] } }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s }, authorization_request: { headers_to_add: [{ key: a, value: '%NO%' }] } }",
    "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, status_on_error: { code: 403 }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, filter_enabled: {}", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: 1s } }, deny_at_disable: {}",
    "http_service: { server_uri: { uri: a, cluster: u, timeout: 1s } }", "http_service: { server_uri: { uri: 'http://a', cluster: u, timeout: -1s } }",
  ],
  "ext_authz.v3.ExtAuthzPerRoute:": ["", "disabled: true", "disabled: false", "check_settings: {}", "check_settings: { disable_request_body_buffering: true, with_request_body: { max_request_bytes: 1 } }", "check_settings: { with_request_body: {} }"],
  "set_metadata.v3.Config": ["", "metadata_namespace: x", "metadata: [{}]", "metadata: [{ metadata_namespace: n }]", "metadata: [{ metadata_namespace: n, value: { a: 1 } }]"],
  "json_to_metadata.v3.JsonToMetadata": [
    "", "request_rules: {}", "request_rules: { rules: [{ selectors: [{ key: a }] }] }", "request_rules: { rules: [{ selectors: [], on_present: { metadata_namespace: n, key: k } }] }", "request_rules: { rules: [{ selectors: [{ key: a }], on_missing: { key: k } }] }",
    "request_rules: { rules: [{ selectors: [{ key: a }], on_present: { key: k }, on_error: { key: k } }] }", "request_rules: { rules: [{ selectors: [{ key: a }], on_present: {} }] }", "request_rules: { rules: [{ selectors: [{}], on_present: { key: k } }] }",
  ],
  "set_filter_state.v3.Config": ["", "on_request_headers: [{}]", "on_request_headers: [{ object_key: a, format_string: { text_format: x } }]", "on_request_headers: [{ object_key: envoy.string, format_string: { text_format: x } }]", "on_request_headers: [{ object_key: a, factory_key: envoy.string, format_string: { text_format: '%NOPE%' } }]", "on_request_headers: [{ object_key: envoy.string }]"],
  "cdn_loop.v3.CdnLoopConfig": ["", "cdn_id: a", "cdn_id: 'a b'", "cdn_id: '[::1]:80'", "cdn_id: 'a;b=c'", "cdn_id: 'a:'"],
  "ip_tagging.v3.IPTagging": ["", "ip_tags: [{ ip_tag_name: a }]", "ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] }]", "ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: x, prefix_len: 8 }] }]", "ip_tags: [{ ip_list: [] }], ip_tag_header: {}"],
  "basic_auth.v3.BasicAuth": [
    "", "users: {}", "users: { inline_string: '' }", "users: { inline_string: 'a' }", "users: { inline_string: 'a:b' }", "users: { inline_string: 'a:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' }", "users: { inline_string: ':{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' }",
    "users: { inline_string: \"a:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\\na:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\" }", "users: { inline_string: ' # x' }", "users: { inline_string: '#x' }", "users: { inline_string: 'a:{SHA}x' }", "users: { inline_string: 'a:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ= ' }",
  ],
  "api_key_auth.v3.ApiKeyAuth": ["", "credentials: [{}]", "credentials: [{ key: a, client: b }, { key: a, client: c }]", "credentials: [{ key: a, client: b }], key_sources: [{}]", "credentials: [{ key: a, client: b }], key_sources: [{ header: x }, { query: y, cookie: z }]", "credentials: [{ key: a }]", "forwarding: {}"],
  "rbac.v3.RBAC": [
    "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config } } }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, any_validated_client_certificate: true } } }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, any_validated_client_certificate: false } } }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, san_matcher: {} } } }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, san_matcher: { san_type: DNS, matcher: { exact: a } } } } }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, san_matcher: { san_type: URI, matcher: { prefix: a } }, any_validated_client_certificate: true } } }] } } }",
    "", "rules: {}", "rules: { policies: { a: {} } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [] } } }", "rules: { policies: { a: { permissions: [{ any: false }], principals: [{ any: true }] } } }", "rules: { policies: { a: { permissions: [{}], principals: [{ any: true }] } } }",
    "rules: { policies: { a: { permissions: [{ destination_port: 70000 }], principals: [{ any: true }] } } }", "rules: { policies: { a: { permissions: [{ destination_port_range: { start: 5, end: 5 } }], principals: [{ any: true }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ source_ip: { address_prefix: x } }] } } }",
    "rules: { policies: { a: { permissions: [{ and_rules: { rules: [] } }], principals: [{ any: true }] } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ any: true }], condition: { ident_expr: { name: nope } } } } }",
    "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ any: true }], condition: { call_expr: { function: nope } } } } }", "rules: { policies: { a: { permissions: [{ any: true }], principals: [{ any: true }], condition: {} } } }", "matcher: {}",
    "matcher: { matcher_list: { matchers: [] } }", "rules: { policies: { a: { permissions: [{ url_path: {} }], principals: [{ any: true }] } } }", "rules: { policies: { a: { permissions: [{ header: { name: '' } }], principals: [{ any: true }] } } }",
  ],
  "local_ratelimit.v3.LocalRateLimit": [
    "", "stat_prefix: a", "stat_prefix: a, token_bucket: {}", "stat_prefix: a, token_bucket: { max_tokens: 1 }", "stat_prefix: a, token_bucket: { max_tokens: 1, fill_interval: 0.049s }", "stat_prefix: a, token_bucket: { max_tokens: 0, fill_interval: 0.01s }", "stat_prefix: a, token_bucket: { max_tokens: 1, fill_interval: 1s, tokens_per_fill: 0 }",
    "stat_prefix: a, descriptors: [{}]", "stat_prefix: a, descriptors: [{ entries: [{ key: k, value: v }], token_bucket: { max_tokens: 1, fill_interval: 0.01s } }]", "stat_prefix: a, descriptors: [{ entries: [{ key: k, value: v }], token_bucket: { max_tokens: 1, fill_interval: 1s } }, { entries: [{ key: k, value: v }], token_bucket: { max_tokens: 1, fill_interval: 1s } }]",
    "stat_prefix: a, rate_limits: [{}]", "stat_prefix: a, rate_limits: [{ actions: [{ remote_address: {} }], stage: 1 }]", "stat_prefix: a, rate_limits: [{ actions: [{ remote_address: {} }], disable_key: x }]", "stat_prefix: a, rate_limits: [{ actions: [{ remote_address: {} }], limit: { dynamic_metadata: { metadata_key: { key: k, path: [{ key: p }] } } } }]",
    "stat_prefix: a, rate_limits: [{ actions: [{ remote_address: {} }], hits_addend: {} }]", "stat_prefix: a, rate_limits: [{ actions: [{ remote_address: {} }], hits_addend: { format: 'a%REQ(x)%' } }]", "stat_prefix: a, stage: 11", "stat_prefix: a, local_cluster_rate_limit: {}", "stat_prefix: a, status: { code: 700 }",
  ],
  "compressor.v3.Compressor": [
    "", "compressor_library: {}", "compressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip } }", "compressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip } }",
    "compressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip, window_bits: 8 } }", "compressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli, quality: 12 } }",
    "compressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.zstd.compressor.v3.Zstd, compression_level: 23 } }",
  ],
  "decompressor.v3.Decompressor": ["", "decompressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip } }", "decompressor_library: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip, max_inflate_ratio: 2000 } }"],
  "stateful_session.v3.StatefulSession": [
    "", "session_state: { name: x, typed_config: { '@type': type.googleapis.com/envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState } }", "session_state: { name: envoy.http.stateful_session.cookie, typed_config: { '@type': type.googleapis.com/envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState, cookie: {} } }",
    "session_state: { name: envoy.http.stateful_session.cookie, typed_config: { '@type': type.googleapis.com/envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState, cookie: { name: a } } }", "session_state: { name: envoy.http.stateful_session.header, typed_config: { '@type': type.googleapis.com/envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState } }",
    "status_on_strict_destination_not_found: 100", "status_on_strict_destination_not_found: 404",
  ],
};

/** Configurations of routes, for a filter that is there. */
const OF_ROUTES: Readonly<Record<string, readonly string[]>> = {
  "header_to_metadata.v3.Config": ["", "request_rules: [{ header: x, on_header_present: { key: k } }]"],
  "json_to_metadata.v3.JsonToMetadata": ["", "request_rules: { rules: [{ selectors: [{ key: a }], on_present: { key: k } }] }"],
  "local_ratelimit.v3.LocalRateLimit": ["stat_prefix: a", "stat_prefix: a, token_bucket: { max_tokens: 1, fill_interval: 1s }"],
  "rbac.v3.RBACPerRoute": ["", "rbac: {}"], "basic_auth.v3.BasicAuthPerRoute": ["", "users: { inline_string: x }"], "compressor.v3.CompressorPerRoute": ["", "disabled: false", "disabled: true", "overrides: {}"],
  "stateful_session.v3.StatefulSessionPerRoute": ["", "disabled: true", "disabled: false"], "buffer.v3.BufferPerRoute": ["", "disabled: false", "buffer: {}"], "fault.v3.HTTPFault": ["abort: {}"],
};

function bootstrap(filter: object | undefined, perRoute: object | undefined): string {
  const route = { match: { prefix: "/" }, direct_response: { status: 200 }, ...(perRoute === undefined ? {} : { typed_per_filter_config: { f: perRoute } }) };
  const http_filters = [...(filter === undefined ? [] : [{ name: "f", typed_config: filter }]), { name: "r", typed_config: { "@type": `${TYPE}.router.v3.Router` } }];
  const manager = { "@type": HCM, stat_prefix: "x", http_filters, route_config: { virtual_hosts: [{ name: "a", domains: ["*"], routes: [route] }] } };
  return JSON.stringify({ static_resources: { listeners: [{ address: { socket_address: { address: "127.0.0.1", port_value: 0 } }, filter_chains: [{ filters: [{ name: "h", typed_config: manager }] }] }] } });
}

const typed = (type: string, yaml: string): object => ({ "@type": `${TYPE}.${type}`, ...(parse(`{ ${yaml} }`) as object) });

/** The error of legate, "" if the text is valid. */
function ours(text: string): string {
  const first = validate({ name: "filter.yaml", bytes: new TextEncoder().encode(text) }, { check }).findings.find(({ severity }) => severity === "error");
  return first === undefined ? "" : `${first.code}: ${first.message}`;
}

function theirs(text: string, name: string): Promise<string> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, text);
  return new Promise((resolve) => {
    const child = spawn(envoy ?? "", ["--mode", "validate", "-c", file, "-l", "critical"], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("close", (code) => resolve(code === 0 ? "" : said.replace(/\s+/g, " ").slice(0, 300) || `exit ${code}`));
  });
}

describe.skipIf(envoy === undefined)("configurations of HTTP filters are as valid for legate as for Envoy", () => {
  const rows = [...Object.entries(CONFIGS).map(([type, list]) => ({ type, list, route: false })), ...Object.entries(OF_ROUTES).map(([type, list]) => ({ type, list, route: true }))];
  test.each(rows.map((row) => [`${row.type}${row.route ? " of routes" : ""}`, row] as const))("%s", { timeout: 60_000 }, async (name, { type, list, route }) => {
    const disagreements: string[] = [];
    for (const [i, yaml] of list.entries()) {
      const text = route ? bootstrap(undefined, typed(type, yaml)) : bootstrap(typed(type, yaml), undefined);
      const [envoySays, legateSays] = [await theirs(text, `${name.replaceAll(/\W/g, "-")}-${i}`), ours(text)];
      if ((envoySays === "") !== (legateSays === "")) disagreements.push(`{ ${yaml} }\n  Envoy: ${envoySays || "valid"}\n  legate: ${legateSays || "valid"}`);
    }
    expect(disagreements.join("\n")).toBe("");
  });
});
