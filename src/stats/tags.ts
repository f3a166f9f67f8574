/** Tags taken out of dotted names, as Envoy's TagProducer does. */

export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** Where in a name a tag's value stands, and what of the name to leave out with it. */
export interface TagFinding {
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

export interface TagExtractor {
  readonly name: string;
  /** The first token a name must have; undefined = any. */
  readonly prefix: string | undefined;
  find(name: string): TagFinding | undefined;
}

export interface Tagged {
  /** The name without what its tags took out. */
  readonly name: string;
  readonly tags: readonly Tag[];
}

/**
 * By a regular expression: its first group is left out of the name, its second (or else the first) is the value. `needle` must occur in
 * the name; a value equal to `except` does not count. The expression needs the flag `d`.
 */
export function regexTag(name: string, regex: RegExp, needle = "", except = ""): TagExtractor {
  return {
    name,
    prefix: /^\^(\w+)(?=\\\.|\(\?=\\\.|\$$)/.exec(regex.source)?.[1],
    find(stat) {
      if (needle !== "" && !stat.includes(needle)) return undefined;
      const match = regex.exec(stat);
      const removed = match?.[1];
      if (match === null || removed === undefined || removed === "") return undefined;
      const value = match[2] === undefined || match[2] === "" ? removed : match[2];
      if (except !== "" && value === except) return undefined;
      const [from, to] = match.indices?.[1] ?? [0, 0];
      return { value, from, to };
    },
  };
}

/** By tokens: `cluster.$.**` takes the token at `$`; `*` is one token, `**` any number of them. */
export function tokenTag(name: string, pattern: string): TagExtractor {
  const tokens = pattern.split(".");
  const [first = ""] = tokens;
  return {
    name,
    prefix: first.startsWith("$") || first.startsWith("*") ? undefined : first,
    find(stat) {
      const input = stat.split(".");
      const at = matchTokens(input, 0, tokens, 0, -1);
      const value = input[at];
      if (value === undefined) return undefined;
      const start = input.slice(0, at).reduce((sum, token) => sum + token.length + 1, 0);
      const last = at === input.length - 1;
      return last ? { value, from: Math.max(0, start - 1), to: start + value.length } : { value, from: start, to: start + value.length + 1 };
    },
  };
}

/** The index of the token at `$`, or -1. */
function matchTokens(input: readonly string[], i: number, pattern: readonly string[], p: number, found: number): number {
  for (; i < input.length && p < pattern.length; i++, p++) {
    const token = pattern[p];
    if (token === "$") found = i;
    else if (token === "**") {
      if (p === pattern.length - 1) return found;
      for (; i < input.length; i++) {
        const at = matchTokens(input, i, pattern, p + 1, found);
        if (at >= 0) return at;
      }
      return -1;
    } else if (token !== "*" && token !== input[i]) return -1;
  }
  return p === pattern.length && i === input.length ? found : -1;
}

/** Takes tags out of names; remembers what it found. */
export class TagProducer {
  readonly #fixed: readonly Tag[];
  readonly #everywhere: readonly TagExtractor[];
  readonly #byPrefix = new Map<string, TagExtractor[]>();
  readonly #known = new Map<string, Tagged>();

  /** `extractors` in the order of asking; `fixed` tags stand on every statistic. */
  constructor(extractors: readonly TagExtractor[], fixed: readonly Tag[] = []) {
    this.#fixed = fixed;
    this.#everywhere = extractors.filter((e) => e.prefix === undefined);
    for (const extractor of extractors) {
      if (extractor.prefix === undefined) continue;
      const others = this.#byPrefix.get(extractor.prefix) ?? [];
      this.#byPrefix.set(extractor.prefix, [...others, extractor]);
    }
  }

  produce(stat: string): Tagged {
    let tagged = this.#known.get(stat);
    if (tagged === undefined) {
      // names come and go: a bound is enough, order of use does not matter
      if (this.#known.size > 1_000_000) this.#known.clear();
      tagged = this.#produce(stat);
      this.#known.set(stat, tagged);
    }
    return tagged;
  }

  #produce(stat: string): Tagged {
    const tags: Tag[] = [...this.#fixed];
    const cuts: TagFinding[] = [];
    const dot = stat.indexOf(".");
    const byPrefix = dot < 0 ? [] : (this.#byPrefix.get(stat.slice(0, dot)) ?? []);
    for (const extractor of [...this.#everywhere, ...byPrefix]) {
      if (tags.some((tag) => tag.name === extractor.name)) continue;
      const found = extractor.find(stat);
      if (found === undefined) continue;
      tags.push({ name: extractor.name, value: found.value });
      cuts.push(found);
    }
    return { name: without(stat, cuts), tags };
  }
}

function without(stat: string, cuts: TagFinding[]): string {
  let rest = "";
  let at = 0;
  for (const { from, to } of cuts.sort((a, b) => a.from - b.from)) {
    if (from > at) rest += stat.slice(at, from);
    at = Math.max(at, to);
  }
  return rest + stat.slice(at);
}
