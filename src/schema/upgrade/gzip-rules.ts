/** The gzip filter became the compressor, with a library that does the work. */
import { isRawMap, newRawMap, type RawValue } from "../../diagnostics/raw.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { rulesOf } from "./words.ts";

const GZIP = "envoy.config.filter.http.gzip.v2.Gzip";
const LIBRARY = "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip";
const LEVELS: Readonly<Record<string, string>> = { DEFAULT: "DEFAULT_COMPRESSION", BEST: "BEST_COMPRESSION", SPEED: "BEST_SPEED" };
const STRATEGIES: Readonly<Record<string, string>> = { DEFAULT: "DEFAULT_STRATEGY", HUFFMAN: "HUFFMAN_ONLY" };

function library(words: Readonly<Record<string, string>> = {}): Rule {
  return (message, key, value) => message.replace(key, ["compressor_library", "typed_config", key], typeof value === "string" ? words[value.toUpperCase()] ?? value : value);
}

/** What is compressed is said for the response. */
function response(field: string): Rule {
  return (message, key, value) => message.replace(key, ["response_direction_config", ...field.split(".")], value);
}

const compressor: Rule = (message, key, value) => {
  for (const [name, entry] of isRawMap(value) ? Object.entries(value) : []) {
    const field = name === "content_type" || name === "content_length" || name === "runtime_enabled" ? `common_config.${name === "content_length" ? "min_content_length" : name === "runtime_enabled" ? "enabled" : name}` : name;
    message.setAt(["response_direction_config", ...field.split(".")], entry, key);
  }
  message.say(key, "compressor is no field of v3; response_direction_config takes its place", "Write response_direction_config: { common_config: ... }");
};

/** The library's type stands first. */
function finish(message: MessageUpgrade): void {
  const known = message.out["compressor_library"];
  const config = isRawMap(known) && isRawMap(known["typed_config"]) ? known["typed_config"] : {};
  const key = Object.keys(message.raw)[0];
  const typed: RawValue = Object.assign(newRawMap(), { "@type": LIBRARY }, config);
  const made = Object.assign(newRawMap(), { name: "envoy.compression.gzip.compressor", typed_config: typed });
  for (const map of [typed, made]) {
    if (key === undefined) message.walk.origins.derive(map, message.raw);
    else message.walk.origins.deriveEntry(map, message.raw, key);
  }
  message.out["compressor_library"] = made;
}

export const GZIP_RULES: Rules = rulesOf(GZIP, {
  memory_level: library(), window_bits: library(), compression_level: library(LEVELS), compression_strategy: library(STRATEGIES), chunk_size: library(),
  content_length: response("common_config.min_content_length"), content_type: response("common_config.content_type"),
  disable_on_etag_header: response("disable_on_etag_header"), remove_accept_encoding_header: response("remove_accept_encoding_header"), compressor,
});

export const GZIP_FINISHERS: Finishers = { [GZIP]: finish };
