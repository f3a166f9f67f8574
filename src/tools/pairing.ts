/** One item of a list as pairing sees it. */
export interface Item {
  /** Equal texts mean equal items. */
  readonly text: string;
  /** What stays the same when the item is edited, such as its name; undefined if there is no such thing. */
  readonly identity: string | undefined;
}

/** An item of the old list and the one of the new list that it became. */
export interface Pair {
  readonly from: number;
  readonly to: number;
  /** It stands in another order than the items that were kept in place. */
  readonly moved: boolean;
}

export interface Pairing {
  readonly pairs: readonly Pair[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/**
 * Pairs the items of two lists: equal ones first (the n-th of several equal ones with the n-th), then those of one identity,
 * then, if `edits` is set, what is left between the same neighbours, in order. Of the pairs, a longest run in rising order is
 * kept in place; the others moved. Time is n log n.
 */
export function pairItems(from: readonly Item[], to: readonly Item[], edits: boolean): Pairing {
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  matchBy(from, to, partner, taken, (item) => item.text);
  matchBy(from, to, partner, taken, (item) => item.identity);
  if (edits) matchGaps(from.length, to.length, partner, taken);
  const olds = [...partner.keys()].sort((a, b) => a - b);
  const kept = longestRise(olds.map((old) => partner.get(old) ?? 0));
  return {
    pairs: olds.map((old, index) => ({ from: old, to: partner.get(old) ?? 0, moved: !kept.has(index) })),
    removed: indexes(from.length).filter((index) => !partner.has(index)),
    added: indexes(to.length).filter((index) => !taken.has(index)),
  };
}

function matchBy(from: readonly Item[], to: readonly Item[], partner: Map<number, number>, taken: Set<number>, key: (item: Item) => string | undefined): void {
  const waiting = new Map<string, number[]>();
  to.forEach((item, index) => {
    const k = key(item);
    if (k === undefined || taken.has(index)) return;
    const queue = waiting.get(k);
    if (queue === undefined) waiting.set(k, [index]);
    else queue.push(index);
  });
  for (const queue of waiting.values()) queue.reverse();
  from.forEach((item, index) => {
    const k = partner.has(index) ? undefined : key(item);
    const match = k === undefined ? undefined : waiting.get(k)?.pop();
    if (match === undefined) return;
    partner.set(index, match);
    taken.add(match);
  });
}

/** Pairs an unpaired item with the next unpaired one that follows the same neighbour. */
function matchGaps(olds: number, news: number, partner: Map<number, number>, taken: Set<number>): void {
  let next = 0;
  for (let old = 0; old < olds; old++) {
    const match = partner.get(old);
    if (match !== undefined) next = match + 1;
    else if (next < news && !taken.has(next)) {
      partner.set(old, next);
      taken.add(next++);
    }
  }
}

/** Indexes of a longest rising subsequence. */
function longestRise(values: readonly number[]): Set<number> {
  const tails: number[] = [];
  const before: number[] = [];
  values.forEach((value, index) => {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    before[index] = low === 0 ? -1 : tails[low - 1] ?? -1;
    tails[low] = index;
  });
  const rise = new Set<number>();
  for (let at = tails[tails.length - 1] ?? -1; at >= 0; at = before[at] ?? -1) rise.add(at);
  return rise;
}

function indexes(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
