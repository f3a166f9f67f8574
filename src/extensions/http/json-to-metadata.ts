/** Puts values of JSON bodies into the dynamic metadata of a request. */
import { Buffer } from "node:buffer";
import { type JsonMap, JsonNumber, type JsonTree, readJson } from "../../base/json-text.ts";
import { decimalOf } from "../../base/number-text.ts";
import { toWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopAndBuffer, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { CONTENT_TYPE } from "../../http/names.ts";
import type { Regex } from "../../match/regex.ts";
import { compileRegexMatcher } from "../../match/string-matcher.ts";
import type { JsonToMetadata, JsonToMetadata_KeyValuePair, JsonToMetadata_MatchRules, JsonToMetadata_Rule, JsonToMetadata_ValueType } from "../../schema/generated/envoy/extensions/filters/http/json_to_metadata/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata";
const OWN_NAMESPACE = "envoy.filters.http.json_to_metadata";
const SHAPE = statLayout({ counters: ["success", "mismatched_content_type", "no_body", "invalid_json_body"] });
const SUCCESS = placeIn(SHAPE, "success");
const MISMATCHED = placeIn(SHAPE, "mismatched_content_type");
const NO_BODY = placeIn(SHAPE, "no_body");
const INVALID = placeIn(SHAPE, "invalid_json_body");
/** Bytes of a value. */
const LONGEST = 8192;
/** Envoy's limit of nesting. */
const DEEPEST = 1000;

interface Rule {
  readonly keys: readonly string[];
  readonly present: JsonToMetadata_KeyValuePair | undefined;
  readonly missing: JsonToMetadata_KeyValuePair | undefined;
  readonly error: JsonToMetadata_KeyValuePair | undefined;
}

/** Of one direction. */
interface Side {
  readonly rules: readonly Rule[];
  readonly types: ReadonlySet<string>;
  readonly typeRegex: Regex | undefined;
  readonly typeMayBeEmpty: boolean;
}

interface Sides {
  readonly request: Side;
  readonly response: Side;
}

function compileRule(rule: JsonToMetadata_Rule): Rule {
  return { keys: (rule.selectors ?? []).map((selector) => selector.key ?? ""), present: rule.on_present, missing: rule.on_missing, error: rule.on_error };
}

function compileSide(config: JsonToMetadata_MatchRules | undefined, diagnostics: Diagnostics): Side {
  const types = config?.allow_content_types ?? [];
  return {
    rules: (config?.rules ?? []).map(compileRule), types: new Set(types.length === 0 ? ["application/json"] : types.map(toWire)),
    typeRegex: config?.allow_content_types_regex === undefined ? undefined : compileRegexMatcher(config.allow_content_types_regex, diagnostics),
    typeMayBeEmpty: config?.allow_empty_content_type === true,
  };
}

function typeAllowed(side: Side, headers: HeaderBlock): boolean {
  const type = headers.get(CONTENT_TYPE) ?? "";
  return type === "" ? side.typeMayBeEmpty : side.types.has(type) || side.typeRegex?.fullMatch(type) === true;
}

const NOTHING = Symbol("no value to take");

/** `undefined`: the value cannot be had; NOTHING: it is there, but empty. */
function converted(value: JsonTree | undefined, type: JsonToMetadata_ValueType): unknown {
  if (value === undefined || value === null || (typeof value === "object" && !(value instanceof JsonNumber))) return undefined;
  switch (type) {
    case "STRING": {
      const text = textOf(value);
      return Buffer.byteLength(text) > LONGEST ? undefined : text === "" ? NOTHING : text;
    }
    case "NUMBER":
      if (typeof value === "string") return decimalOf(value) ?? undefined;
      return value instanceof JsonNumber ? value.value : Number(value);
    case "PROTOBUF_VALUE":
      if (typeof value === "string") return Buffer.byteLength(value) > LONGEST ? undefined : value;
      return value instanceof JsonNumber ? value.value : value;
  }
}

function textOf(value: string | boolean | JsonNumber): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  return value.isInteger ? BigInt(value.text).toString() : value.value.toFixed(6);
}

function isMap(value: JsonTree | undefined): value is JsonMap {
  return value instanceof Map;
}

/** One direction of one stream. */
class BodyReader {
  finished = false;
  private readonly side: Side;
  private readonly stats: StatBlock;
  private readonly handle: StreamHandle;
  private readonly isRequest: boolean;
  private readonly fields = new Map<string, Map<string, unknown>>();

  constructor(side: Side, stats: StatBlock, handle: StreamHandle, isRequest: boolean) {
    this.side = side;
    this.stats = stats;
    this.handle = handle;
    this.isRequest = isRequest;
  }

  get isIdle(): boolean {
    return this.finished || this.side.rules.length === 0;
  }

  headers(headers: HeaderBlock, endStream: boolean): Verdict {
    if (this.side.rules.length === 0) return Continue;
    if (typeAllowed(this.side, headers)) {
      if (!endStream) return StopIteration;
      this.all("missing", NO_BODY);
    } else this.all("error", MISMATCHED);
    return Continue;
  }

  /** The whole body is here. */
  read(body: Buffer): void {
    if (body.length === 0) return this.all("missing", NO_BODY);
    const tree = readJson(body.toString("utf8"), DEEPEST);
    if (tree === undefined) return this.all("error", INVALID);
    if (!isMap(tree) && !Array.isArray(tree)) return this.all("missing", SUCCESS);
    for (const rule of this.side.rules) this.apply(rule, tree);
    this.stats.inc(SUCCESS);
    this.finish();
  }

  private all(which: "missing" | "error", counter: number): void {
    for (const rule of this.side.rules) this.put(rule[which], rule[which]?.value);
    this.stats.inc(counter);
    this.finish();
  }

  private apply({ keys, present, missing }: Rule, tree: JsonTree): void {
    let node: JsonTree | undefined = tree;
    for (const key of keys.slice(0, -1)) {
      node = isMap(node) ? node.get(key) : undefined;
      if (!isMap(node)) return this.put(missing, missing?.value);
    }
    if (present === undefined) return;
    if (present.value !== undefined) return this.put(present, present.value);
    const value = converted(isMap(node) ? node.get(keys.at(-1) ?? "") : undefined, present.type ?? "PROTOBUF_VALUE");
    if (value === undefined) this.put(missing, missing?.value);
    else if (value !== NOTHING) this.put(present, value);
  }

  private put(pair: JsonToMetadata_KeyValuePair | undefined, value: unknown): void {
    if (pair === undefined) return;
    const namespace = pair.metadata_namespace || OWN_NAMESPACE;
    const key = pair.key ?? "";
    const there = this.handle.info.metadata?.[namespace];
    if (pair.preserve_existing_metadata_value === true && there !== undefined && Object.hasOwn(there, key)) return;
    const fields = this.fields.get(namespace) ?? new Map<string, unknown>();
    this.fields.set(namespace, fields.set(key, value));
  }

  private finish(): void {
    this.finished = true;
    for (const [namespace, fields] of this.fields) this.handle.info.mergeMetadata(namespace, Object.fromEntries(fields));
    if (this.fields.size > 0 && this.isRequest) this.handle.clearRouteCache();
  }
}

interface Shared {
  readonly own: Sides;
  readonly request: StatBlock;
  readonly response: StatBlock;
}

class JsonToMetadataFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private request: BodyReader | null = null;
  private response: BodyReader | null = null;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    return this.begin().request.headers(headers, endStream);
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    return this.data(this.begin().request, () => this.handle.heldDecodedData(), data, endStream);
  }

  decodeTrailers(): Verdict {
    const { request } = this.begin();
    if (!request.isIdle) request.read(Buffer.concat(this.handle.heldDecodedData()));
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    return this.begin().response.headers(headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    return this.data(this.begin().response, () => this.handle.heldEncodedData(), data, endStream);
  }

  encodeTrailers(): Verdict {
    const { response } = this.begin();
    if (!response.isIdle) response.read(Buffer.concat(this.handle.heldEncodedData()));
    return Continue;
  }

  private data(reader: BodyReader, held: () => readonly Buffer[], data: Buffer, endStream: boolean): Verdict {
    if (reader.isIdle) return Continue;
    if (!endStream) return StopAndBuffer;
    reader.read(Buffer.concat([...held(), data]));
    return Continue;
  }

  /** The same configuration for both directions, whatever becomes of the route. */
  private begin(): { readonly request: BodyReader; readonly response: BodyReader } {
    if (this.request === null || this.response === null) {
      const sides = (this.handle.routeConfig() as Sides | null) ?? this.shared.own;
      this.request = new BodyReader(sides.request, this.shared.request, this.handle, true);
      this.response = new BodyReader(sides.response, this.shared.response, this.handle, false);
    }
    return { request: this.request, response: this.response };
  }
}

function compileSides(config: JsonToMetadata, diagnostics: Diagnostics): Sides {
  return { request: compileSide(config.request_rules, diagnostics), response: compileSide(config.response_rules, diagnostics) };
}

export const jsonToMetadata = defineExtension<"envoy.filters.http", JsonToMetadata, JsonToMetadata>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.json_to_metadata",
  config: PACKAGE,
  honours: {
    [PACKAGE]: ["request_rules", "response_rules"], [`${PACKAGE}.Selector`]: ["key"], [`${PACKAGE}.Rule`]: ["selectors", "on_present", "on_missing", "on_error"],
    [`${PACKAGE}.KeyValuePair`]: ["metadata_namespace", "key", "value", "type", "preserve_existing_metadata_value"],
    [`${PACKAGE}.MatchRules`]: ["rules", "allow_content_types", "allow_empty_content_type", "allow_content_types_regex"],
  },
  compile(config, { diagnostics }) {
    const own = compileSides(config, diagnostics);
    return {
      open(env) {
        const shared: Shared = { own, request: env.stats.block("json_to_metadata.rq.", SHAPE), response: env.stats.block("json_to_metadata.resp.", SHAPE) };
        return (handle) => new JsonToMetadataFilter(shared, handle);
      },
    };
  },
  routeType: PACKAGE,
  compileRoute(config, { diagnostics }): Sides {
    if ((config.request_rules?.rules ?? []).length + (config.response_rules?.rules ?? []).length === 0) diagnostics.report({ code: "LGT0406", at: config, message: "a route's configuration needs request_rules or response_rules" });
    return compileSides(config, diagnostics);
  },
});
