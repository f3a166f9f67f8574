/** One condition of a route (or of anything that chooses by request). Matching and explaining ask the same object. */
import type { RequestView } from "../contract/request-view.ts";

export interface Condition {
  /** The message and field this condition was made from; diagnostics and explanations point at it. */
  readonly at: object;
  readonly key: string;
  matches(request: RequestView): boolean;
  /** What is asked for, in a few words: `header x-env is exactly "prod"`. */
  describe(): string;
  /** Why this request does not match, with its values. Called only after `matches` said no. */
  whyNot(request: RequestView): string;
}

const LONGEST = 120;

/** A value as it is shown to people: quoted, unprintable bytes escaped, cut when long. */
export function shown(value: string): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}..." (${value.length} bytes)`;
}
