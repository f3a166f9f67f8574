/** Compresses responses that clients accept so, and requests where that is asked for. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { StreamInfo } from "../../contract/stream-info.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, nameId, VARY } from "../../http/names.ts";
import { type ChainedCompressor, chooseEncoding, type EncodingChoice } from "../../match/accept-encoding.ts";
import { alreadyCoded, CompressibleTypes, isUpgrade, noTransform } from "../../match/compressible.ts";
import { compileLibrary, honours as libraries, type Library } from "../../match/content-coding.ts";
import { runtimeFlag } from "../../match/runtime-value.ts";
import { CompressionStream, compressWhole, knowsCoding } from "../../platform/compression.ts";
import type { RuntimeFeatureFlag } from "../../schema/generated/envoy/config/core/v3.ts";
import type { Compressor, Compressor_CommonDirectionConfig, CompressorPerRoute } from "../../schema/generated/envoy/extensions/filters/http/compressor/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { BodyCoder, type Coder, requestWay, responseWay } from "../../stream/body-coder.ts";

const PACKAGE = "envoy.extensions.filters.http.compressor.v3";
const SHAPE = statLayout({ counters: ["compressed", "not_compressed", "total_uncompressed_bytes", "total_compressed_bytes", "content_length_too_small"] });
const COMPRESSED = placeIn(SHAPE, "compressed");
const NOT_COMPRESSED = placeIn(SHAPE, "not_compressed");
const BYTES_IN = placeIn(SHAPE, "total_uncompressed_bytes");
const BYTES_OUT = placeIn(SHAPE, "total_compressed_bytes");
const TOO_SMALL = placeIn(SHAPE, "content_length_too_small");
const RESPONSES = statLayout({ counters: ["no_accept_header", "header_identity", "header_compressor_used", "header_compressor_overshadowed", "header_wildcard", "header_not_valid", "not_compressed_etag"] });
const STATUS = nameId("x-envoy-compression-status");
const REGISTRY = "compressors";
const DECISION = "encoding_decision";
const LEAST_LENGTH = 30;

interface Direction {
  readonly enabled: RuntimeFeatureFlag | undefined;
  readonly least: number;
  readonly types: CompressibleTypes;
  readonly statName: string;
}

interface CompressorPlan {
  readonly library: Library;
  readonly libraryName: string;
  readonly first: boolean;
  /** Null: requests are left alone. */
  readonly request: Direction | null;
  readonly response: Direction;
  readonly notWithEtag: boolean;
  readonly weakensEtag: boolean;
  readonly hidesAccept: boolean;
  readonly tellsStatus: boolean;
  readonly exempt: ReadonlySet<number>;
}

function direction(config: Compressor_CommonDirectionConfig | undefined, statName: string, diagnostics: Diagnostics): Direction {
  return { enabled: config?.enabled, least: (config?.min_content_length ?? 0) || LEAST_LENGTH, types: new CompressibleTypes(config?.content_type, config?.content_type_matcher, diagnostics), statName };
}

/** Without `response_direction_config` its deprecated elders count. */
function responseCommon(config: Compressor): Compressor_CommonDirectionConfig | undefined {
  if (config.response_direction_config !== undefined) return config.response_direction_config.common_config;
  const { content_length: min_content_length, content_type, runtime_enabled: enabled } = config;
  return { ...(min_content_length === undefined ? {} : { min_content_length }), ...(content_type === undefined ? {} : { content_type }), ...(enabled === undefined ? {} : { enabled }) };
}

function compilePlan(config: Compressor, diagnostics: Diagnostics): CompressorPlan | undefined {
  const library = compileLibrary(config.compressor_library, "compressor", config, diagnostics);
  if (library === undefined) return undefined;
  const own = config.response_direction_config;
  const { disable_on_etag_header: notWithEtag, remove_accept_encoding_header: hidesAccept } = own ?? config;
  return {
    library, libraryName: config.compressor_library?.name ?? "", first: config.choose_first === true,
    request: config.request_direction_config === undefined ? null : direction(config.request_direction_config.common_config, "request.", diagnostics),
    response: direction(responseCommon(config), own === undefined ? "" : "response.", diagnostics), notWithEtag: notWithEtag === true, weakensEtag: own?.weaken_etag_on_compress === true,
    hidesAccept: hidesAccept === true, tellsStatus: own?.status_header_enabled === true, exempt: new Set(own?.uncompressible_response_codes ?? []),
  };
}

/** What a route changes; `undefined`: nothing is said. */
interface RouteOverride {
  readonly enabled: boolean | undefined;
  readonly hidesAccept: boolean | undefined;
  readonly library: Library | undefined;
}

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly plan: CompressorPlan;
  readonly env: Env;
  readonly request: StatBlock;
  readonly response: StatBlock;
  readonly accept: StatBlock;
}

function compressing({ options }: Library, stats: StatBlock): Coder {
  return {
    flushesAtEnd: true, whole: (data) => compressWhole(options, data), open: (sink) => CompressionStream.compressor(options, sink), failed: () => undefined,
    count(input, output) {
      stats.add(BYTES_IN, input);
      stats.add(BYTES_OUT, output);
    },
  };
}

class CompressorFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private readonly self: ChainedCompressor;
  private route: RouteOverride | null = null;
  private accepts: string | null = null;
  /** Another `accept-encoding` may get another response. */
  private varies = false;
  private request: BodyCoder | null = null;
  private response: BodyCoder | null = null;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
    const { plan } = shared;
    this.self = { coding: plan.library.coding, first: plan.first, types: plan.response.types };
    registryOf(handle.info).push(this.self);
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { plan, request: stats, env } = this.shared;
    this.accepts = headers.get(ACCEPT_ENCODING);
    this.findRoute();
    if (this.enabled() && (this.route?.hidesAccept ?? plan.hidesAccept)) headers.remove(ACCEPT_ENCODING);
    const { request } = plan;
    if (endStream || request === null || !runtimeFlag(env.runtime, request.enabled, true) || isUpgrade(headers) || !this.longEnough(headers, request, stats) || !request.types.allow(headers)
      || headers.has(CONTENT_ENCODING) || alreadyCoded(headers, this.library.coding)) {
      stats.inc(NOT_COMPRESSED);
      return Continue;
    }
    headers.remove(CONTENT_LENGTH);
    headers.set(CONTENT_ENCODING, this.library.coding);
    stats.inc(COMPRESSED);
    this.request = new BodyCoder(compressing(this.library, stats), requestWay(this.handle), this.handle.bufferLimit);
    return Continue;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    return this.request?.data(data, endStream) ?? Continue;
  }

  decodeTrailers(): Verdict {
    return this.request?.end() ?? Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    this.findRoute();
    const { plan, response: stats } = this.shared;
    if (!(plan.tellsStatus ? this.decideAloud(headers, endStream) : this.decide(headers, endStream))) {
      stats.inc(NOT_COMPRESSED);
      if (this.varies) addVary(headers);
      return Continue;
    }
    const length = headers.get(CONTENT_LENGTH);
    this.treatEtag(headers);
    headers.remove(CONTENT_LENGTH);
    headers.set(CONTENT_ENCODING, this.library.coding);
    stats.inc(COMPRESSED);
    if (this.varies) addVary(headers);
    if (plan.tellsStatus) headers.add(STATUS, `${this.library.coding};Compressed;OriginalLength=${length ?? ""}`);
    this.response = new BodyCoder(compressing(this.library, stats), responseWay(this.handle), this.handle.bufferLimit);
    return Continue;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    return this.response?.data(data, endStream) ?? Continue;
  }

  encodeTrailers(): Verdict {
    return this.response?.end() ?? Continue;
  }

  onDestroy(): void {
    this.request?.close();
    this.response?.close();
  }

  private get library(): Library {
    return this.route?.library ?? this.shared.plan.library;
  }

  /** The same for both directions, whatever becomes of the route. */
  private findRoute(): void {
    this.route ??= this.handle.routeConfig() as RouteOverride | null;
    this.self.coding = this.library.coding;
  }

  private enabled(): boolean {
    return this.route?.enabled ?? runtimeFlag(this.shared.env.runtime, this.shared.plan.response.enabled, true);
  }

  private longEnough(headers: HeaderBlock, { least }: Direction, stats: StatBlock): boolean {
    const length = headers.get(CONTENT_LENGTH);
    if (length === null || (/^\d+$/.test(length) && Number(length) >= least)) return true;
    stats.inc(TOO_SMALL);
    return false;
  }

  private decide(headers: HeaderBlock, endStream: boolean): boolean {
    const { plan, response: stats } = this.shared;
    const wanted = this.enabled() && this.longEnough(headers, plan.response, stats);
    const fit = wanted && !isUpgrade(headers) && plan.response.types.allow(headers) && !noTransform(headers) && this.etagAllows(headers, true) && !headers.has(CONTENT_ENCODING) && !plan.exempt.has(headers.status);
    const accepted = !endStream && wanted && this.accepted(headers);
    this.varies = fit;
    return accepted && fit && !alreadyCoded(headers, this.library.coding);
  }

  /** With a header that says why not. */
  private decideAloud(headers: HeaderBlock, endStream: boolean): boolean {
    const { plan, response: stats } = this.shared;
    const base = this.enabled() && !isUpgrade(headers) && !noTransform(headers) && !headers.has(CONTENT_ENCODING);
    if (!base) return false;
    const long = this.longEnough(headers, plan.response, stats);
    if (long && plan.response.types.allow(headers) && this.etagAllows(headers, false) && !plan.exempt.has(headers.status)) addVary(headers);
    if (endStream || alreadyCoded(headers, this.library.coding)) return false;
    const reason = !this.longEnough(headers, plan.response, stats) ? "ContentLengthTooSmall" : !plan.response.types.allow(headers) ? "ContentTypeNotAllowed"
      : !this.etagAllows(headers, true) ? "EtagNotAllowed" : plan.exempt.has(headers.status) ? "StatusCodeNotAllowed" : "";
    if (reason !== "") headers.add(STATUS, `${this.library.coding};${reason}`);
    return reason === "" && this.accepted(headers);
  }

  private etagAllows(headers: HeaderBlock, counts: boolean): boolean {
    const { plan, accept } = this.shared;
    if (plan.weakensEtag || !plan.notWithEtag || !headers.has(ETAG)) return true;
    if (counts) accept.inc(placeIn(RESPONSES, "not_compressed_etag"));
    return false;
  }

  /** Strong tags would be wrong for the compressed body. */
  private treatEtag(headers: HeaderBlock): void {
    const etag = headers.get(ETAG);
    if (etag === null || /^[wW]\//.test(etag)) return;
    if (this.shared.plan.weakensEtag) headers.set(ETAG, `W/${etag}`);
    else headers.remove(ETAG);
  }

  /** The first compressor of the chain decides for all. */
  private accepted(headers: HeaderBlock): boolean {
    const { accept } = this.shared;
    if (this.accepts === null) {
      accept.inc(placeIn(RESPONSES, "no_accept_header"));
      return false;
    }
    const state = (this.handle.info.filterState ??= new Map());
    const choice = (state.get(DECISION) as EncodingChoice | undefined) ?? chooseEncoding(this.accepts, registryOf(this.handle.info), headers);
    state.set(DECISION, choice);
    const mine = choice.coding === this.library.coding;
    const name = choice.why === "compressor" ? (mine ? "header_compressor_used" : "header_compressor_overshadowed") : choice.why === "identity" ? "header_identity" : choice.why === "wildcard" ? "header_wildcard" : "header_not_valid";
    accept.inc(placeIn(RESPONSES, name));
    return mine;
  }
}

function addVary(headers: HeaderBlock): void {
  const vary = headers.get(VARY);
  if (vary === null) headers.set(VARY, "Accept-Encoding");
  else if (!vary.split(",").some((token) => token.trim() === "Accept-Encoding")) headers.set(VARY, `${vary}, Accept-Encoding`);
}

/** The compressors of the stream's chain, in order. */
function registryOf(info: StreamInfo): ChainedCompressor[] {
  const state = (info.filterState ??= new Map());
  const registry = (state.get(REGISTRY) as ChainedCompressor[] | undefined) ?? [];
  state.set(REGISTRY, registry);
  return registry;
}

export const compressor = defineExtension<"envoy.filters.http", Compressor, CompressorPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.compressor",
  config: `${PACKAGE}.Compressor`,
  honours: {
    [`${PACKAGE}.Compressor`]: ["content_length", "content_type", "disable_on_etag_header", "remove_accept_encoding_header", "runtime_enabled", "compressor_library", "request_direction_config", "response_direction_config", "choose_first"],
    [`${PACKAGE}.Compressor.CommonDirectionConfig`]: ["enabled", "min_content_length", "content_type", "content_type_matcher"], [`${PACKAGE}.Compressor.RequestDirectionConfig`]: ["common_config"],
    [`${PACKAGE}.Compressor.ResponseDirectionConfig`]: ["common_config", "disable_on_etag_header", "weaken_etag_on_compress", "remove_accept_encoding_header", "uncompressible_response_codes", "status_header_enabled"],
    [`${PACKAGE}.CompressorPerRoute`]: ["disabled", "overrides"], [`${PACKAGE}.CompressorOverrides`]: ["response_direction_config", "compressor_library"], [`${PACKAGE}.ResponseDirectionOverrides`]: ["remove_accept_encoding_header"],
    "envoy.config.core.v3.RuntimeFeatureFlag": ["default_value", "runtime_key"], ...libraries,
  },
  compile(config, { diagnostics, statPrefix }) {
    const plan = compilePlan(config, diagnostics);
    return {
      open(env) {
        // (without its library the filter was reported, and is none)
        if (plan === undefined || !knowsCoding(plan.library.coding)) return () => ({});
        const prefix = `${statPrefix}compressor.${plan.libraryName}.${plan.library.statName}.`;
        const shared: Shared = { plan, env, request: env.stats.block(`${prefix}request.`, SHAPE), response: env.stats.block(prefix + plan.response.statName, SHAPE), accept: env.stats.block(prefix, RESPONSES) };
        return (handle) => new CompressorFilter(shared, handle);
      },
    };
  },
  routeType: `${PACKAGE}.CompressorPerRoute`,
  compileRoute({ disabled, overrides }, { diagnostics }): RouteOverride {
    if (disabled === true) return { enabled: false, hidesAccept: undefined, library: undefined };
    const library = overrides?.compressor_library === undefined ? undefined : compileLibrary(overrides.compressor_library, "compressor", overrides, diagnostics);
    return { enabled: overrides?.response_direction_config === undefined ? undefined : true, hidesAccept: overrides?.response_direction_config?.remove_accept_encoding_header, library };
  },
});
