import type { StatSpec } from "./shape.ts";

/** What a thread tells control, as JSON text: blocks it wants and blocks it has let go, in the order told. */
export interface StatRequest {
  /** Shapes named for the first time: their number with this thread, and their content. */
  readonly shapes: readonly (readonly [number, readonly StatSpec[], page: number | null])[];
  /** Number of the block with this thread, number of its shape, prefix. */
  readonly wanted: readonly (readonly [number, number, string])[];
  readonly released: readonly number[];
}

/** What control answers: text, and memory the thread has not seen before. */
export interface StatGrant {
  /** JSON of StatPlaces. */
  readonly places: string;
  readonly memory: readonly SharedArrayBuffer[];
}

export interface StatPlaces {
  /** Number of the first of `memory`; the others follow. */
  readonly firstSegment: number;
  /** Number of the block with the thread, segment, first slot. */
  readonly places: readonly (readonly [number, number, number])[];
}
