/** Puts headers and cookies into the dynamic metadata of a request. */
import { Buffer } from "node:buffer";
import { decodeBase64 } from "../../base/base64.ts";
import { decimalOf } from "../../base/number-text.ts";
import { fromWire, toWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { StreamInfo } from "../../contract/stream-info.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { requestCookie } from "../../http/cookies.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import type { Regex } from "../../match/regex.ts";
import { compileRegexMatcher } from "../../match/string-matcher.ts";
import type { Config, Config_KeyValuePair, Config_Rule } from "../../schema/generated/envoy/extensions/filters/http/header_to_metadata/v3.ts";
import { valueOfBytes } from "../../schema/value-bytes.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.header_to_metadata.v3.Config";
const OWN_NAMESPACE = "envoy.filters.http.header_to_metadata";
/** A value of so many bytes is not taken. */
const TOO_LONG = 8192;

const SHAPE = statLayout({
  counters: [
    "request_rules_processed", "response_rules_processed", "request_metadata_added", "response_metadata_added", "request_header_not_found", "response_header_not_found",
    "base64_decode_failed", "header_value_too_long", "regex_substitution_failed",
  ],
});
type Count = "rules_processed" | "metadata_added" | "header_not_found" | "base64_decode_failed" | "header_value_too_long" | "regex_substitution_failed";

interface Target {
  readonly namespace: string;
  readonly key: string;
  /** In wire form; "": the header's value. */
  readonly value: string;
  readonly type: NonNullable<Config_KeyValuePair["type"]>;
  readonly base64: boolean;
}

interface Rule {
  read(headers: HeaderBlock): string | null;
  readonly present: Target | null;
  readonly missing: Target | null;
  readonly regex: Regex | undefined;
  readonly substitution: string;
}

interface Rules {
  readonly request: readonly Rule[];
  readonly response: readonly Rule[];
  readonly statPrefix: string;
}

function compileTarget(pair: Config_KeyValuePair | undefined): Target | null {
  if (pair === undefined) return null;
  return { namespace: pair.metadata_namespace || OWN_NAMESPACE, key: pair.key ?? "", value: toWire(pair.value ?? ""), type: pair.type ?? "STRING", base64: pair.encode === "BASE64" };
}

function compileRead({ header = "", cookie = "", remove = false }: Config_Rule): Rule["read"] {
  if (header === "") return (headers) => requestCookie(headers, toWire(cookie)) || null;
  const id = nameId(header);
  return (headers) => {
    const value = headers.joined(id);
    if (remove && value !== null) headers.remove(id);
    return value;
  };
}

function compileRule(rule: Config_Rule, diagnostics: Diagnostics): Rule {
  const rewrite = rule.on_header_present?.regex_value_rewrite;
  return {
    read: compileRead(rule), present: compileTarget(rule.on_header_present), missing: compileTarget(rule.on_header_missing),
    regex: rewrite === undefined ? undefined : compileRegexMatcher(rewrite.pattern ?? {}, diagnostics), substitution: toWire(rewrite?.substitution ?? ""),
  };
}

function compileRules(config: Config, diagnostics: Diagnostics): Rules {
  const all = (rules: readonly Config_Rule[] | undefined): Rule[] => (rules ?? []).map((rule) => compileRule(rule, diagnostics));
  return { request: all(config.request_rules), response: all(config.response_rules), statPrefix: config.stat_prefix ?? "" };
}

/** One direction of one message through the rules. */
class Extraction {
  private readonly way: "request" | "response";
  private readonly stats: StatBlock | null;
  private readonly found = new Map<string, Map<string, unknown>>();

  constructor(way: "request" | "response", stats: StatBlock | null) {
    this.way = way;
    this.stats = stats;
  }

  run(rules: readonly Rule[], headers: HeaderBlock, info: StreamInfo): void {
    for (const rule of rules) {
      const value = rule.read(headers);
      this.count("rules_processed");
      if (value !== null && rule.present !== null) this.apply(value, rule, rule.present);
      else if (value === null && rule.missing !== null) {
        this.count("header_not_found");
        this.apply("", rule, rule.missing);
      }
    }
    for (const [namespace, fields] of this.found) info.mergeMetadata(namespace, Object.fromEntries(fields));
  }

  private apply(read: string, { regex, substitution }: Rule, target: Target): void {
    let value = target.value;
    if (value === "") {
      value = regex === undefined ? read : regex.replaceAll(read, substitution);
      if (read !== "" && value === "") this.count("regex_substitution_failed");
    }
    const typed = value === "" ? undefined : this.typed(value, target);
    if (typed === undefined) return;
    const fields = this.found.get(target.namespace) ?? new Map<string, unknown>();
    this.found.set(target.namespace, fields.set(target.key, typed));
    this.count("metadata_added");
  }

  private typed(value: string, { base64, type }: Target): unknown {
    if (value.length >= TOO_LONG) return this.refuse("header_value_too_long");
    const bytes = base64 ? (decodeBase64(value) ?? "") : value;
    if (bytes === "") return this.refuse("base64_decode_failed");
    if (type === "NUMBER") return decimalOf(bytes) ?? undefined;
    return type === "PROTOBUF_VALUE" ? valueOfBytes(Buffer.from(bytes, "latin1")) : fromWire(bytes);
  }

  private refuse(reason: Count): undefined {
    this.count(reason);
    return undefined;
  }

  private count(name: Count): void {
    if (this.stats === null) return;
    const sided = name === "rules_processed" || name === "metadata_added" || name === "header_not_found";
    this.stats.inc(placeIn(SHAPE, sided ? `${this.way}_${name}` : name));
  }
}

class HeaderToMetadataFilter implements HttpFilter {
  private readonly own: Rules;
  private readonly statsOf: (rules: Rules) => StatBlock | null;
  private readonly handle: StreamHandle;
  private chosen: Rules | null = null;

  constructor(own: Rules, statsOf: (rules: Rules) => StatBlock | null, handle: StreamHandle) {
    this.own = own;
    this.statsOf = statsOf;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const rules = this.rules();
    if (rules.request.length > 0) new Extraction("request", this.statsOf(rules)).run(rules.request, headers, this.handle.info);
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    const rules = this.rules();
    if (rules.response.length > 0) new Extraction("response", this.statsOf(rules)).run(rules.response, headers, this.handle.info);
    return Continue;
  }

  /** The same for both directions, whatever becomes of the route. */
  private rules(): Rules {
    return (this.chosen ??= (this.handle.routeConfig() as Rules | null) ?? this.own);
  }
}

export const headerToMetadata = defineExtension<"envoy.filters.http", Config, Config>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.header_to_metadata",
  config: PACKAGE,
  offline: true,
  honours: {
    [PACKAGE]: ["request_rules", "response_rules", "stat_prefix"],
    [`${PACKAGE}.KeyValuePair`]: ["metadata_namespace", "key", "value", "regex_value_rewrite", "type", "encode"],
    [`${PACKAGE}.Rule`]: ["header", "cookie", "on_header_present", "on_header_missing", "remove"],
  },
  compile(config, { diagnostics }) {
    const own = compileRules(config, diagnostics);
    return {
      open(env) {
        const blocks = new Map<string, StatBlock>();
        const statsOf = ({ statPrefix }: Rules): StatBlock | null => {
          if (statPrefix === "") return null;
          const block = blocks.get(statPrefix) ?? env.stats.block(`http_filter_name.${statPrefix}.`, SHAPE);
          blocks.set(statPrefix, block);
          return block;
        };
        statsOf(own);
        return (handle) => new HeaderToMetadataFilter(own, statsOf, handle);
      },
    };
  },
  routeType: PACKAGE,
  compileRoute(config, { diagnostics }): Rules {
    if ((config.request_rules ?? []).length + (config.response_rules ?? []).length === 0) diagnostics.report({ code: "LGT0406", at: config, message: "a route's configuration needs request_rules or response_rules" });
    return compileRules(config, diagnostics);
  },
});
