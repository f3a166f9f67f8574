/** Dictionaries of Zstandard. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { DataSource } from "../../schema/generated/envoy/config/core/v3.ts";

function checkDictionary(source: DataSource | undefined, refuse: Refuse): void {
  if (source?.inline_string === "" || source?.inline_bytes === "") refuse(source, undefined, "the dictionary is empty");
}

export const COMPRESSION_ZSTD_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.compression.zstd.compressor.v3.Zstd", (config, refuse) => checkDictionary(config.dictionary, refuse)),
  refusals("LGT0406", "envoy.extensions.compression.zstd.decompressor.v3.Zstd", (config, refuse) => {
    for (const dictionary of config.dictionaries ?? []) checkDictionary(dictionary, refuse);
  }),
];
