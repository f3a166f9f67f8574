/** Regular expressions, wherever they stand, and how large their programs may be. */
import { messageCheck, type MessageCheck } from "../contract/message-check.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileRegexMatcher, type RegexLimit } from "../match/string-matcher.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

const LEVEL = "re2.max_program_size.error_level";

export const REGEX_CHECKS: readonly MessageCheck[] = [
  messageCheck("envoy.type.matcher.v3.RegexMatcher", (matcher, { diagnostics }) => void compileRegexMatcher(matcher, diagnostics)),
];

/** The value of a key in a layer, written with dots or as maps within maps. */
function valueIn(layer: Readonly<Record<string, unknown>>, key: string): unknown {
  if (layer[key] !== undefined) return layer[key];
  for (let dot = key.indexOf("."); dot > 0; dot = key.indexOf(".", dot + 1)) {
    const inner = layer[key.slice(0, dot)];
    if (typeof inner === "object" && inner !== null) {
      const value = valueIn(inner as Readonly<Record<string, unknown>>, key.slice(dot + 1));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** The diagnostics with the limit of programs that the bootstrap's static layers set, if they do; later layers win. */
export function withRegexLimit(diagnostics: Diagnostics, bootstrap: Bootstrap | undefined): Diagnostics & RegexLimit {
  const values = (bootstrap?.layered_runtime?.layers ?? []).map((layer) => valueIn((layer.static_layer ?? {}) as Readonly<Record<string, unknown>>, LEVEL));
  const limit = Number(values.findLast((value) => value !== undefined));
  return Number.isNaN(limit) ? diagnostics : { report: (finding) => diagnostics.report(finding), maxProgramSize: limit };
}
