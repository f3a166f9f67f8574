/** Decompresses bodies for an upstream or a client that cannot, and tells upstreams that compressed responses are welcome. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH } from "../../http/names.ts";
import { withoutParameters } from "../../http/tokens.ts";
import { noTransform } from "../../match/compressible.ts";
import { compileLibrary, honours as libraries, type Library } from "../../match/content-coding.ts";
import { runtimeFlag } from "../../match/runtime-value.ts";
import { type CompressionFailure, CompressionStream, decompressWhole, knowsCoding } from "../../platform/compression.ts";
import type { Decompressor, Decompressor_CommonDirectionConfig } from "../../schema/generated/envoy/extensions/filters/http/decompressor/v3.ts";
import type { StatShape } from "../../stats/shape.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { BodyCoder, type BodyWay, type Coder, requestWay, responseWay } from "../../stream/body-coder.ts";

const PACKAGE = "envoy.extensions.filters.http.decompressor.v3";
const SHAPE = statLayout({ counters: ["decompressed", "not_decompressed", "total_uncompressed_bytes", "total_compressed_bytes"] });
const DECOMPRESSED = placeIn(SHAPE, "decompressed");
const NOT_DECOMPRESSED = placeIn(SHAPE, "not_decompressed");
const BYTES_OUT = placeIn(SHAPE, "total_uncompressed_bytes");
const BYTES_IN = placeIn(SHAPE, "total_compressed_bytes");

/** What is counted when a library fails: by its word for it, else the first of the list. */
interface Failures {
  readonly shape: StatShape;
  place(code: string): readonly number[];
}

function failures(names: readonly string[], placeOf: (code: string) => readonly string[]): Failures {
  const shape = statLayout({ counters: names });
  return { shape, place: (code) => placeOf(code).map((name) => placeIn(shape, name)) };
}

const FAILURES: Readonly<Record<Library["coding"], Failures>> = {
  gzip: failures(["zlib_errno", "zlib_stream_error", "zlib_data_error", "zlib_mem_error", "zlib_buf_error", "zlib_version_error"], (code) => (/^Z_(ERRNO|STREAM_ERROR|MEM_ERROR|BUF_ERROR|VERSION_ERROR)$/.test(code) ? [`zlib_${code.slice(2).toLowerCase()}`] : ["zlib_data_error"])),
  br: failures(["brotli_error", "brotli_output_overflow", "brotli_redundant_input"], (code) => (code === "too-large" ? ["brotli_error", "brotli_output_overflow"] : ["brotli_error"])),
  zstd: failures(["zstd_generic_error", "zstd_dictionary_error", "zstd_checksum_wrong_error", "zstd_memory_error"], (code) => [/dictionary/i.test(code) ? "zstd_dictionary_error" : /checksum/i.test(code) ? "zstd_checksum_wrong_error" : "zstd_generic_error"]),
};

interface DecompressorPlan {
  readonly library: Library;
  readonly libraryName: string;
  readonly request: Decompressor_CommonDirectionConfig | undefined;
  readonly response: Decompressor_CommonDirectionConfig | undefined;
  readonly advertises: boolean;
}

interface Shared {
  readonly plan: DecompressorPlan;
  readonly env: Env;
  readonly request: StatBlock;
  readonly response: StatBlock;
  readonly failures: StatBlock;
}

/** Counts the bytes of one body, for its trailers. */
class Decompressing implements Coder {
  readonly flushesAtEnd = false;
  private readonly shared: Shared;
  private readonly stats: StatBlock;
  private readonly trailers: () => HeaderBlock;
  private added: HeaderBlock | null = null;
  private input = 0;
  private output = 0;

  constructor(shared: Shared, stats: StatBlock, trailers: () => HeaderBlock) {
    this.shared = shared;
    this.stats = stats;
    this.trailers = trailers;
  }

  whole(data: Buffer): Buffer | CompressionFailure {
    const { library } = this.shared.plan;
    return decompressWhole(library.coding, data, library.mostRatio * data.length);
  }

  open(sink: Parameters<Coder["open"]>[0]): CompressionStream {
    const { library } = this.shared.plan;
    return CompressionStream.decompressor(library.coding, library.mostRatio, sink);
  }

  count(input: number, output: number): void {
    this.input += input;
    this.output += output;
    this.stats.add(BYTES_IN, input);
    this.stats.add(BYTES_OUT, output);
  }

  failed({ code }: CompressionFailure): void {
    for (const place of FAILURES[this.shared.plan.library.coding].place(code)) this.shared.failures.inc(place);
  }

  addTrailers(): void {
    this.added = this.trailers();
  }

  atEnd(): void {
    const trailers = this.added ?? this.trailers();
    const prefix = `x-envoy-decompressor-${this.shared.plan.libraryName.toLowerCase()}`;
    trailers.addNamed(`${prefix}-compressed-bytes`, String(this.input));
    trailers.addNamed(`${prefix}-uncompressed-bytes`, String(this.output));
  }
}

class DecompressorFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private request: BodyCoder | null = null;
  private response: BodyCoder | null = null;
  private requestTrailers: HeaderBlock | null = null;
  private responseTrailers: HeaderBlock | null = null;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { plan, env, request } = this.shared;
    if (plan.advertises && runtimeFlag(env.runtime, plan.response?.enabled, true)) headers.set(ACCEPT_ENCODING, advertised(headers.get(ACCEPT_ENCODING) ?? "", plan.library.coding));
    if (!endStream) this.request = this.begin(headers, plan.request, request, requestWay(this.handle), () => this.requestTrailers ?? this.handle.addDecodedTrailers());
    return Continue;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    return this.request?.data(data, endStream) ?? Continue;
  }

  decodeTrailers(trailers: HeaderBlock): Verdict {
    this.requestTrailers = trailers;
    return this.request?.end() ?? Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { plan, response } = this.shared;
    if (!endStream) this.response = this.begin(headers, plan.response, response, responseWay(this.handle), () => this.responseTrailers ?? this.handle.addEncodedTrailers());
    return Continue;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    return this.response?.data(data, endStream) ?? Continue;
  }

  encodeTrailers(trailers: HeaderBlock): Verdict {
    this.responseTrailers = trailers;
    return this.response?.end() ?? Continue;
  }

  onDestroy(): void {
    this.request?.close();
    this.response?.close();
  }

  private begin(headers: HeaderBlock, config: Decompressor_CommonDirectionConfig | undefined, stats: StatBlock, way: BodyWay, trailers: () => HeaderBlock): BodyCoder | null {
    const { plan, env } = this.shared;
    const codings = headers.get(CONTENT_ENCODING) ?? "";
    const comma = codings.indexOf(",");
    const first = (comma < 0 ? codings : codings.slice(0, comma)).trim().toLowerCase();
    if (!runtimeFlag(env.runtime, config?.enabled, true) || (noTransform(headers) && config?.ignore_no_transform_header !== true) || first !== plan.library.coding) {
      stats.inc(NOT_DECOMPRESSED);
      return null;
    }
    stats.inc(DECOMPRESSED);
    headers.remove(CONTENT_LENGTH);
    if (comma < 0) headers.remove(CONTENT_ENCODING);
    else headers.set(CONTENT_ENCODING, codings.slice(comma + 1).trim());
    return new BodyCoder(new Decompressing(this.shared, stats, trailers), way, this.handle.bufferLimit);
  }
}

/** The codings a client accepts, this one last and without a quality of its own. */
function advertised(accepts: string, coding: string): string {
  const others = accepts.split(",").map((part) => part.trim()).filter((part) => part !== "" && withoutParameters(part) !== coding);
  return [...others, coding].join(",");
}

export const decompressor = defineExtension<"envoy.filters.http", Decompressor>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.decompressor",
  config: `${PACKAGE}.Decompressor`,
  honours: {
    [`${PACKAGE}.Decompressor`]: ["decompressor_library", "request_direction_config", "response_direction_config"], [`${PACKAGE}.Decompressor.CommonDirectionConfig`]: ["enabled", "ignore_no_transform_header"],
    [`${PACKAGE}.Decompressor.RequestDirectionConfig`]: ["common_config", "advertise_accept_encoding"], [`${PACKAGE}.Decompressor.ResponseDirectionConfig`]: ["common_config"], ...libraries,
  },
  compile(config, { diagnostics, statPrefix }) {
    const library = compileLibrary(config.decompressor_library, "decompressor", config, diagnostics);
    return {
      open(env) {
        if (library === undefined || !knowsCoding(library.coding)) return () => ({});
        const libraryName = config.decompressor_library?.name ?? "";
        const plan: DecompressorPlan = { library, libraryName, request: config.request_direction_config?.common_config, response: config.response_direction_config?.common_config, advertises: config.request_direction_config?.advertise_accept_encoding ?? true };
        const prefix = `${statPrefix}decompressor.${libraryName}.${library.statName}.`;
        const shared: Shared = { plan, env, request: env.stats.block(`${prefix}request.`, SHAPE), response: env.stats.block(`${prefix}response.`, SHAPE), failures: env.stats.block(`${prefix}decompressor_library.`, FAILURES[library.coding].shape) };
        return (handle) => new DecompressorFilter(shared, handle);
      },
    };
  },
});
