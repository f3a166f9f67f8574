/** Matchers of an input's value that are more than a comparison of text. */
import { CidrIndex } from "../../base/cidr-index.ts";
import { xxHash64 } from "../../base/xxhash64.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Expr } from "../../schema/generated/google/api/expr/v1alpha1.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";
import type { CidrRange } from "../../schema/generated/envoy/config/core/v3.ts";
import type { RuntimeFractionalPercent } from "../../schema/generated/envoy/config/core/v3.ts";
import type { ValueMatcher } from "../../schema/generated/envoy/type/matcher/v3.ts";
import type { CelExpression } from "../../schema/generated/xds/type/v3.ts";
import { STREAM_ATTRIBUTES } from "../cel/attributes.ts";
import { compileExpression } from "../cel/expression.ts";
import type { FormatContext } from "../format/format-context.ts";
import { currentFraction, fractionOf, isInFraction } from "../fraction.ts";
import { compileValueMatcher } from "../metadata-matcher.ts";
import { typeNameOf } from "./inputs.ts";
import type { MatchSubject } from "./subject.ts";

const EXT = "envoy.extensions.matching.input_matchers";

export const honours = {
  [`${EXT}.ip.v3.Ip`]: ["cidr_ranges", "stat_prefix"], [`${EXT}.consistent_hashing.v3.ConsistentHashing`]: ["threshold", "modulo", "seed"],
  [`${EXT}.runtime_fraction.v3.RuntimeFraction`]: ["runtime_fraction", "seed"], [`${EXT}.metadata.v3.Metadata`]: ["value", "invert"], "xds.type.matcher.v3.CelMatcher": ["expr_match", "description"],
  "xds.type.v3.CelExpression": ["parsed_expr", "checked_expr", "cel_expr_parsed", "cel_expr_checked", "cel_expr_string"],
} as const;

export type CustomTest = (value: unknown, subject: MatchSubject) => boolean;
type Config = Readonly<Record<string, unknown>>;

function compileIp(config: Config): CustomTest {
  const index = new CidrIndex<true>();
  for (const range of (config["cidr_ranges"] as readonly CidrRange[] | undefined) ?? []) index.add(range.address_prefix ?? "", range.prefix_len ?? 0, true);
  return (value) => typeof value === "string" && index.valuesOf(value).length > 0;
}

function compileHashing(config: Config): CustomTest {
  const [threshold, modulo, seed] = ["threshold", "modulo", "seed"].map((key) => BigInt((config[key] as number | string | undefined) ?? 0)) as [bigint, bigint, bigint];
  return (value) => typeof value === "string" && xxHash64(value, seed) % modulo >= threshold;
}

function compileFraction(config: Config): CustomTest {
  const fraction = config["runtime_fraction"] as RuntimeFractionalPercent | undefined;
  const seed = BigInt((config["seed"] as number | string | undefined) ?? 0);
  const configured = fractionOf(fraction?.default_value);
  return (value, { runtime }) => typeof value === "string" && isInFraction(currentFraction(runtime, fraction?.runtime_key ?? "", configured), xxHash64(value, seed));
}

function compileMetadata(config: Config, diagnostics: Diagnostics): CustomTest {
  const test = compileValueMatcher(config["value"] as ValueMatcher | undefined, diagnostics);
  return (value) => test(value) !== (config["invert"] === true);
}

/** The tree of an expression, in whichever of its forms it is given; a string comes as text. */
export function expressionOf(config: CelExpression | undefined): Expr | string | undefined {
  return config?.cel_expr_checked?.expr ?? config?.cel_expr_parsed?.expr ?? config?.parsed_expr?.expr ?? config?.checked_expr?.expr ?? config?.cel_expr_string;
}

function compileCelMatcher(config: Config, diagnostics: Diagnostics): CustomTest {
  const expression = expressionOf(config["expr_match"] as CelExpression | undefined);
  const program = expression === undefined ? undefined : compileExpression(expression, STREAM_ATTRIBUTES, { at: config, diagnostics });
  return (value) => program?.(value as FormatContext) === true;
}

const MATCHERS: Readonly<Record<string, (config: Config, diagnostics: Diagnostics) => CustomTest>> = {
  [`${EXT}.ip.v3.Ip`]: compileIp, [`${EXT}.consistent_hashing.v3.ConsistentHashing`]: compileHashing, [`${EXT}.runtime_fraction.v3.RuntimeFraction`]: compileFraction,
  [`${EXT}.metadata.v3.Metadata`]: compileMetadata, "xds.type.matcher.v3.CelMatcher": compileCelMatcher,
};

/** Compiles a custom matcher. One that is not known here is reported and matches nothing. */
export function compileCustomMatcher(config: Any | undefined, at: object, diagnostics: Diagnostics): CustomTest {
  const type = typeNameOf(config);
  const make = MATCHERS[type];
  if (make !== undefined) return make(config as Config, diagnostics);
  diagnostics.report({ code: "LGT0901", at: config ?? at, message: `the matcher ${type} is known to Envoy and not done here` });
  return () => false;
}
