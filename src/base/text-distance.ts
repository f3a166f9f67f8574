/**
 * Number of single-character edits (insert, delete, replace, swap of two neighbours) that turn `a` into `b`
 * (optimal string alignment). Gives up with `limit + 1` as soon as the distance must exceed `limit`.
 */
export function textDistance(a: string, b: string, limit = Infinity): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = cell(a, b, i, j, row, last, before);
      row.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    before = last;
    last = row;
  }
  const distance = last[b.length] ?? 0;
  return distance > limit ? limit + 1 : distance;
}

function cell(a: string, b: string, i: number, j: number, row: readonly number[], last: readonly number[], before: readonly number[]): number {
  const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
  const cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
  const swapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
  return swapped ? Math.min(cost, (before[j - 2] ?? 0) + 1) : cost;
}
