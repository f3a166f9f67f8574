/** Findings that only follow from another one: what is mended there is mended here too. */
import type { ResolvedFinding } from "./finding.ts";

const NO_CONFIGURATION = "LGT0403";
const UNKNOWN_FIELD = "LGT0201";
/** v2 wrote an extension's configuration here. */
const V2_KEY = "config";

/** An extension whose configuration stands under a key that is unknown: that it has none need not be said. */
export function withoutFollowUps(findings: readonly ResolvedFinding[]): ResolvedFinding[] {
  const unread = new Set(findings.filter(({ code, path }) => code === UNKNOWN_FIELD && path?.endsWith(`.${V2_KEY}`) === true).map(({ file, path = "" }) => placeOf(file, path)));
  if (unread.size === 0) return [...findings];
  return findings.filter(({ code, file, path = "" }) => code !== NO_CONFIGURATION || !unread.has(placeOf(file, path)));
}

/** Of the message that a field belongs to. */
function placeOf(file: string | undefined, path: string): string {
  return `${file ?? ""}\0${path.slice(0, Math.max(0, path.lastIndexOf(".")))}`;
}
