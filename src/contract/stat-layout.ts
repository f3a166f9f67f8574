/** Blocks of statistics laid out from plain lists of names, in one order: counters, gauges, histograms, limits, cells. */
import { statShape, type StatShape } from "../stats/shape.ts";

export interface StatNames {
  readonly counters?: readonly string[];
  readonly gauges?: readonly string[];
  /** In milliseconds. */
  readonly histograms?: readonly string[];
  /** Exact across threads, never printed. */
  readonly limits?: readonly string[];
  /** Shared words of 64 bits, never printed. */
  readonly cells?: readonly string[];
}

/** The shape of the block; the place of a name in it is {@link placeIn}. */
export function statLayout(names: StatNames): StatShape {
  return statShape([
    ...(names.counters ?? []).map((name) => ({ name, kind: "counter" as const })),
    ...(names.gauges ?? []).map((name) => ({ name, kind: "gauge" as const })),
    ...(names.histograms ?? []).map((name) => ({ name, kind: "histogram" as const, unit: "ms" as const })),
    ...(names.limits ?? []).map((name) => ({ name, kind: "limit" as const })),
    ...(names.cells ?? []).map((name) => ({ name, kind: "cell" as const })),
  ]);
}

/** The index that `inc`, `add` and their like take. Throws for a name that is not there: a slip of the code. */
export function placeIn(shape: StatShape, name: string): number {
  const index = shape.specs.findIndex((spec) => spec.name === name);
  if (index < 0) throw new Error(`no statistic ${name} in this block`);
  return index;
}
