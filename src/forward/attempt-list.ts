/** The attempts of one request that are under way: a list through their `next`, the newest first. More than one only when hedging. */
import type { Attempt } from "./attempt.ts";

/** The list without `attempt`. */
export function without(first: Attempt | null, attempt: Attempt): Attempt | null {
  if (first === attempt) return first.next;
  for (let at = first; at !== null; at = at.next) if (at.next === attempt) at.next = attempt.next;
  return first;
}

/** Ends all but `attempt`. */
export function keepOnly(first: Attempt | null, attempt: Attempt): Attempt {
  for (let at = first; at !== null; at = at.next) if (at !== attempt) at.reset();
  attempt.next = null;
  return attempt;
}

/** Whether a response may still come. */
export function awaitsHeaders(first: Attempt | null): boolean {
  for (let at = first; at !== null; at = at.next) if (at.awaitingHeaders) return true;
  return false;
}
