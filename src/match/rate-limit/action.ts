/** The actions of a rate limit (source/common/router/router_ratelimit.cc): each makes one entry of a descriptor, none, or ends it. */
import { Cidr } from "../../base/cidr.ts";
import { maskedIp } from "../../base/masked-ip.ts";
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { decodedParameter } from "../../http/credentials.ts";
import { nameId } from "../../http/names.ts";
import type {
  QueryParameterMatcher, RateLimit_Action, RateLimit_Action_HeaderValueMatch, RateLimit_Action_MetaData, RateLimit_Action_QueryParameterValueMatch, RateLimit_Action_RemoteAddressMatch,
} from "../../schema/generated/envoy/config/route/v3.ts";
import type { Expr } from "../../schema/generated/google/api/expr/v1alpha1.ts";
import { STREAM_ATTRIBUTES } from "../cel/attributes.ts";
import { compileExpression } from "../cel/expression.ts";
import { FAILED } from "../cel/values.ts";
import { celText } from "../format/cel-commands.ts";
import type { Formatter } from "../format/format-string.ts";
import { compileFormat } from "../format/format-string.ts";
import { compileHeaderMatchers } from "../header-matcher.ts";
import { compileInput, honours as inputs, typeNameOf } from "../inputs/inputs.ts";
import { metadataOf, type MatchSubject } from "../inputs/subject.ts";
import { metadataAt } from "../metadata-matcher.ts";
import { compileStringMatcher } from "../string-matcher.ts";

const ACTION = "envoy.config.route.v3.RateLimit.Action";
const EXPRESSION = "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor";

export const honours = {
  [ACTION]: [
    "source_cluster", "destination_cluster", "request_headers", "query_parameters", "remote_address", "generic_key", "header_value_match", "dynamic_metadata", "metadata", "extension",
    "masked_remote_address", "query_parameter_value_match", "remote_address_match",
  ],
  [`${ACTION}.SourceCluster`]: [], [`${ACTION}.DestinationCluster`]: [], [`${ACTION}.RemoteAddress`]: [],
  [`${ACTION}.RequestHeaders`]: ["header_name", "descriptor_key", "skip_if_absent"], [`${ACTION}.QueryParameters`]: ["query_parameter_name", "descriptor_key", "skip_if_absent"],
  [`${ACTION}.GenericKey`]: ["descriptor_value", "descriptor_key", "default_value"], [`${ACTION}.HeaderValueMatch`]: ["descriptor_value", "descriptor_key", "default_value", "expect_match", "headers"],
  [`${ACTION}.DynamicMetaData`]: ["descriptor_key", "metadata_key", "default_value"], [`${ACTION}.MetaData`]: ["descriptor_key", "metadata_key", "default_value", "source=DYNAMIC|ROUTE_ENTRY", "skip_if_absent"],
  [`${ACTION}.MaskedRemoteAddress`]: ["v4_prefix_mask_len", "v6_prefix_mask_len"], [`${ACTION}.QueryParameterValueMatch`]: ["descriptor_value", "descriptor_key", "default_value", "expect_match", "query_parameters"],
  [`${ACTION}.RemoteAddressMatch`]: ["descriptor_value", "descriptor_key", "default_value", "address_matcher"],
  "envoy.type.metadata.v3.MetadataKey": ["key", "path"], "envoy.type.metadata.v3.MetadataKey.PathSegment": ["key"],
  [EXPRESSION]: ["descriptor_key", "skip_if_error", "text", "parsed"], ...inputs,
} as const;

/** What descriptors are made from, besides the request. */
export interface RateLimitSubject extends MatchSubject {
  /** Cluster of the request's route; null where it does not forward. */
  readonly destinationCluster: string | null;
}

/** `SKIP`: no entry. `END`: no descriptor at all. Texts are in wire form. */
export const SKIP = 0 as const;
export const END = 1 as const;
export type Entry = { readonly key: string; readonly value: string } | typeof SKIP | typeof END;
export type Action = (subject: RateLimitSubject) => Entry;

function entry(key: string, value: string): Entry {
  return key === "" ? SKIP : { key, value };
}

/** A value that is a format string; an empty one is replaced by the default, and without that ends the descriptor. */
function formatted(config: { readonly descriptor_value?: string; readonly descriptor_key?: string; readonly default_value?: string }, key: string, diagnostics: Diagnostics): Action {
  const formatter: Formatter | undefined = compileFormat(config.descriptor_value ?? "", true, { at: config, key: "descriptor_value", diagnostics });
  const name = toWire(config.descriptor_key || key);
  const otherwise = toWire(config.default_value ?? "");
  return (subject) => {
    const value = (formatter?.constant ?? formatter?.format(subject.facts) ?? "") || otherwise;
    return value === "" ? END : entry(name, value);
  };
}

/** A value that is written out. (Envoy reads it as a format string only where a runtime feature that is off says so.) */
function literal(config: { readonly descriptor_value?: string; readonly descriptor_key?: string }, key: string): Entry {
  return entry(toWire(config.descriptor_key || key), toWire(config.descriptor_value ?? ""));
}

/** The value where there is one, else nothing or the end. */
function read(key: string, skips: boolean | undefined, value: (subject: RateLimitSubject) => string | null): Action {
  const name = toWire(key);
  const missing = skips === true ? SKIP : END;
  return (subject) => {
    const found = value(subject);
    return found === null ? missing : entry(name, found);
  };
}

function headerValueMatch(config: RateLimit_Action_HeaderValueMatch, diagnostics: Diagnostics): Action {
  const conditions = compileHeaderMatchers(config.headers, diagnostics);
  const expected = config.expect_match ?? true;
  const value = literal(config, "header_match");
  return (subject) => (conditions.every((condition) => condition.test(subject.requestHeaders)) === expected ? value : END);
}

function queryTest(config: QueryParameterMatcher, diagnostics: Diagnostics): (path: string) => boolean {
  const name = toWire(config.name ?? "");
  const matcher = config.string_match === undefined ? undefined : compileStringMatcher(config.string_match, diagnostics);
  return (path) => {
    const value = decodedParameter(path, name);
    if (config.present_match !== undefined) return (value !== null) === config.present_match;
    return value !== null && (matcher === undefined || matcher.test(value));
  };
}

function queryValueMatch(config: RateLimit_Action_QueryParameterValueMatch, diagnostics: Diagnostics): Action {
  const tests = (config.query_parameters ?? []).map((matcher) => queryTest(matcher, diagnostics));
  const expected = config.expect_match ?? true;
  const value = literal(config, "query_match");
  return (subject) => (tests.every((test) => test(subject.requestHeaders.path ?? "")) === expected ? value : END);
}

function addressMatch(config: RateLimit_Action_RemoteAddressMatch, diagnostics: Diagnostics): Action {
  const ranges = (config.address_matcher?.ranges ?? []).map((range) => Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0)).filter((range) => range !== null);
  const invert = config.address_matcher?.invert_match === true;
  const value = formatted(config, "remote_address_match", diagnostics);
  return (subject) => {
    const { remote } = subject.info;
    return remote.kind === "ip" && ranges.some((range) => range.contains(remote.ip)) !== invert ? value(subject) : END;
  };
}

function metadata(config: RateLimit_Action_MetaData): Action {
  const key = toWire(config.descriptor_key ?? "");
  const path = [config.metadata_key?.key ?? "", ...(config.metadata_key?.path ?? []).map((segment) => segment.key ?? "")];
  const otherwise = toWire(config.default_value ?? "");
  const source = (subject: RateLimitSubject): Readonly<Record<string, unknown>> =>
    (config.source === "ROUTE_ENTRY" ? ((subject.routeMetadata?.["filter_metadata"] ?? {}) as Readonly<Record<string, unknown>>) : metadataOf(subject));
  return (subject) => {
    const found = metadataAt(source(subject), path);
    const value = (typeof found === "string" ? toWire(found) : "") || otherwise;
    if (value !== "") return entry(key, value);
    return config.skip_if_absent === true ? SKIP : END;
  };
}

function expression(config: Readonly<Record<string, unknown>>, diagnostics: Diagnostics): Action {
  const key = toWire(String(config["descriptor_key"] ?? ""));
  const program = compileExpression((config["parsed"] as Expr | undefined) ?? String(config["text"] ?? ""), STREAM_ATTRIBUTES, { at: config, diagnostics });
  const failed = config["skip_if_error"] === true ? SKIP : END;
  return (subject) => {
    const value = program?.(subject.facts) ?? FAILED;
    return value === FAILED ? failed : entry(key, celText(value));
  };
}

function extension({ name = "", typed_config: typed }: NonNullable<RateLimit_Action["extension"]>, at: object, diagnostics: Diagnostics): Action {
  if (typed !== undefined && typeNameOf(typed) === EXPRESSION) return expression(typed, diagnostics);
  const input = compileInput(typed, at, diagnostics);
  return read(name, false, (subject) => input.text(subject) || null);
}

export function compileAction(config: RateLimit_Action, serviceCluster: string, diagnostics: Diagnostics): Action {
  const { request_headers: header, query_parameters: query, generic_key: generic, dynamic_metadata: dynamic, masked_remote_address: masked } = config;
  if (config.source_cluster !== undefined) return () => entry("source_cluster", toWire(serviceCluster));
  if (config.destination_cluster !== undefined) return read("destination_cluster", false, ({ destinationCluster }) => destinationCluster);
  if (header !== undefined) {
    const id = nameId(header.header_name ?? "");
    return read(header.descriptor_key ?? "", header.skip_if_absent, ({ requestHeaders }) => requestHeaders.get(id));
  }
  if (query !== undefined) {
    const name = toWire(query.query_parameter_name ?? "");
    return read(query.descriptor_key || "query_param", query.skip_if_absent, ({ requestHeaders }) => decodedParameter(requestHeaders.path ?? "", name));
  }
  if (config.remote_address !== undefined) return read("remote_address", false, ({ info: { remote } }) => (remote.kind === "ip" ? remote.ip : null));
  if (masked !== undefined) {
    const [v4, v6] = [masked.v4_prefix_mask_len ?? 32, masked.v6_prefix_mask_len ?? 128];
    return read("masked_remote_address", false, ({ info: { remote } }) => (remote.kind === "ip" ? maskedIp(remote.ip, v4, v6) : null));
  }
  if (generic !== undefined) {
    const value = literal(generic, "generic_key");
    return () => value;
  }
  if (config.header_value_match !== undefined) return headerValueMatch(config.header_value_match, diagnostics);
  if (config.query_parameter_value_match !== undefined) return queryValueMatch(config.query_parameter_value_match, diagnostics);
  if (config.remote_address_match !== undefined) return addressMatch(config.remote_address_match, diagnostics);
  if (dynamic !== undefined) return metadata(dynamic);
  if (config.metadata !== undefined) return metadata(config.metadata);
  return config.extension === undefined ? () => END : extension(config.extension, config, diagnostics);
}
