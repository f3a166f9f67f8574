import { EVENT_ID } from "js-yaml";
import type { Event } from "js-yaml";
import { TextError } from "./text-error.ts";

/**
 * For every alias event its node: alias's event index -> anchored event's index, as bound in the order of the text (an
 * anchor may be given again). Empty when the text has no aliases. Throws TextError for an unknown anchor, and for a
 * node that holds itself (on which Envoy crashes).
 */
export function bindAliases(text: string, events: readonly Event[]): ReadonlyMap<number, number> {
  const targets = new Map<number, number>();
  if (!text.includes("&") && !text.includes("*")) return targets;
  const anchors = new Map<string, number>();
  const open: number[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type === EVENT_ID.POP) open.pop();
    else if (event.type === EVENT_ID.ALIAS) targets.set(index, target(text, event, anchors, open));
    else if (event.type !== EVENT_ID.DOCUMENT && event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), index);
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) open.push(index);
  }
  return targets;
}

function target(text: string, alias: { anchorStart: number; anchorEnd: number }, anchors: ReadonlyMap<string, number>, open: readonly number[]): number {
  const name = text.slice(alias.anchorStart, alias.anchorEnd);
  const index = anchors.get(name);
  const start = alias.anchorStart - 1;
  if (index === undefined) {
    throw new TextError("LGT0107", start, alias.anchorEnd, `The alias "*${name}" names an anchor that is not defined before it.`, {
      fix: `Define "&${name}" above, or put the value in quotes if it is meant to begin with "*".`,
    });
  }
  if (open.includes(index)) throw new TextError("LGT0108", start, alias.anchorEnd, `The alias "*${name}" stands inside the very node it names.`);
  return index;
}
