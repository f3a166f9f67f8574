import { textDistance } from "../base/text-distance.ts";

/**
 * The candidate that somebody who typed `word` most likely meant, or undefined when none is near. Upper and lower
 * case, `-`, `_` and `.` do not count; a candidate that begins or ends with the word (`port` for `port_value`) is
 * taken when it is the only one. The first of equally near candidates wins.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  if (wanted.length === 0 || wanted.length > MAX_WORD) return undefined;
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  const parts: string[] = [];
  for (const candidate of candidates) {
    const known = plain(candidate);
    if (known.length === 0) continue;
    const distance = textDistance(wanted, known, Math.min(limit, bestDistance));
    if (distance < bestDistance && distance < known.length) [best, bestDistance] = [candidate, distance];
    else if (wanted.length >= MIN_PART && (known.startsWith(wanted) || known.endsWith(wanted))) parts.push(candidate);
  }
  if (best !== undefined) return best;
  return parts.length === 1 ? parts[0] : undefined;
}

/** Longer words are no slip of the finger, and comparing them costs time. */
const MAX_WORD = 200;
/** Shortest word that may stand for a longer one that begins or ends with it. */
const MIN_PART = 3;

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_.\s]/g, "");
}
