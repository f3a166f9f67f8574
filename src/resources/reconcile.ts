/** What a new configuration means for what is live: a list of changes, nothing for what stayed the same. Pure. */
import { keyOf, type CompiledResource } from "./resource.ts";

export interface Changes {
  /** New, or of another content than the live one, in the order in which they must be opened. */
  readonly upserts: readonly CompiledResource[];
  /** Live and no longer wanted, in the order in which they must be closed. */
  readonly removals: readonly CompiledResource[];
}

/** Whoever is referred to is opened first and closed last. */
const ORDER = ["cluster", "endpoints", "route", "scopes", "listener"];

export function reconcile(live: readonly CompiledResource[], wanted: readonly CompiledResource[]): Changes {
  const before = new Map(live.map((resource) => [keyOf(resource), resource]));
  const after = new Map(wanted.map((resource) => [keyOf(resource), resource]));
  const rank = (resource: CompiledResource): number => ORDER.indexOf(resource.type);
  return {
    upserts: [...after.values()].filter((resource) => before.get(keyOf(resource))?.text !== resource.text).sort((a, b) => rank(a) - rank(b)),
    removals: [...before.values()].filter((resource) => !after.has(keyOf(resource))).sort((a, b) => rank(b) - rank(a)),
  };
}
