/** The compression libraries of Envoy: which coding they make, and how. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { type Coding, type CompressionOptions, PARAMETERS } from "../platform/compression.ts";
import type { TypedExtensionConfig } from "../schema/generated/envoy/config/core/v3.ts";
import { typeNameOf } from "./inputs/inputs.ts";

const EXT = "envoy.extensions.compression";

export const honours = {
  [`${EXT}.gzip.compressor.v3.Gzip`]: ["memory_level", "compression_level", "compression_strategy", "window_bits", "chunk_size"], [`${EXT}.gzip.decompressor.v3.Gzip`]: ["window_bits", "chunk_size", "max_inflate_ratio"],
  [`${EXT}.brotli.compressor.v3.Brotli`]: ["quality", "encoder_mode", "window_bits", "input_block_bits", "chunk_size", "disable_literal_context_modeling"], [`${EXT}.brotli.decompressor.v3.Brotli`]: ["disable_ring_buffer_reallocation", "chunk_size"],
  [`${EXT}.zstd.compressor.v3.Zstd`]: ["compression_level", "enable_checksum", "strategy", "chunk_size"], [`${EXT}.zstd.decompressor.v3.Zstd`]: ["chunk_size"],
} as const;

export interface Library {
  readonly coding: Coding;
  /** Of statistics: `gzip.`. */
  readonly statName: string;
  readonly options: CompressionOptions;
  /** Of decompressors: how many times as large a piece may become. */
  readonly mostRatio: number;
}

type Config = Readonly<Record<string, unknown>>;
const DEFAULT_RATIO = 100;
const GZIP_LEVELS: Readonly<Record<string, number>> = { BEST_SPEED: 1, COMPRESSION_LEVEL_1: 1, BEST_COMPRESSION: 9, COMPRESSION_LEVEL_9: 9 };
const GZIP_STRATEGIES: Readonly<Record<string, number>> = { FILTERED: 1, HUFFMAN_ONLY: 2, RLE: 3, FIXED: 4 };
const BROTLI_MODES: Readonly<Record<string, number>> = { TEXT: 1, FONT: 2 };
const ZSTD_STRATEGIES = ["DEFAULT", "FAST", "DFAST", "GREEDY", "LAZY", "LAZY2", "BTLAZY2", "BTOPT", "BTULTRA", "BTULTRA2"];

function number(config: Config, key: string, otherwise: number): number {
  const value = config[key];
  return typeof value === "number" ? value : otherwise;
}

function gzip(config: Config): Library {
  const level = String(config["compression_level"] ?? "");
  const options: CompressionOptions = {
    coding: "gzip", level: GZIP_LEVELS[level] ?? Number(/_(\d)$/.exec(level)?.[1] ?? -1), strategy: GZIP_STRATEGIES[String(config["compression_strategy"])] ?? 0,
    windowBits: number(config, "window_bits", 12), memLevel: number(config, "memory_level", 5),
  };
  return { coding: "gzip", statName: "gzip", options, mostRatio: number(config, "max_inflate_ratio", DEFAULT_RATIO) };
}

function brotli(config: Config): Library {
  const { mode, quality, window, block, literal } = PARAMETERS.brotli;
  const params = {
    [mode]: BROTLI_MODES[String(config["encoder_mode"])] ?? 0, [quality]: number(config, "quality", 3), [window]: number(config, "window_bits", 18), [block]: number(config, "input_block_bits", 24),
    [literal]: config["disable_literal_context_modeling"] === true ? 1 : 0,
  };
  return { coding: "br", statName: "brotli", options: { coding: "br", params }, mostRatio: DEFAULT_RATIO };
}

function zstd(config: Config): Library {
  const { level, strategy, checksum } = PARAMETERS.zstd;
  const params = { [level]: number(config, "compression_level", 3), [strategy]: Math.max(0, ZSTD_STRATEGIES.indexOf(String(config["strategy"] ?? "DEFAULT"))), [checksum]: config["enable_checksum"] === true ? 1 : 0 };
  return { coding: "zstd", statName: "zstd", options: { coding: "zstd", params }, mostRatio: DEFAULT_RATIO };
}

const LIBRARIES: Readonly<Record<string, (config: Config) => Library>> = { gzip, brotli, zstd };

/** The library an extension names; one that is not known here is reported. */
export function compileLibrary(config: TypedExtensionConfig | undefined, kind: "compressor" | "decompressor", at: object, diagnostics: Diagnostics): Library | undefined {
  const type = typeNameOf(config?.typed_config);
  const name = type.startsWith(`${EXT}.`) && type.includes(`.${kind}.`) ? (type.slice(EXT.length + 1).split(".")[0] ?? "") : "";
  const make = LIBRARIES[name];
  if (make !== undefined) return make(config?.typed_config as Config);
  diagnostics.report({ code: "LGT0901", at: config ?? at, key: "typed_config", message: `the ${kind} ${type} is known to Envoy and not done here` });
  return undefined;
}
