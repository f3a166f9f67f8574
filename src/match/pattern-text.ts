/** What can be told of a regex from its text alone. Rather too little than wrong. */

const META = /[.*+?()[\]{}|^$\\]/;
const ESCAPED = /[^A-Za-z0-9]/;

/** True if a `|` stands outside every group and class (or the text quotes with `\Q`, which is not looked into). */
function hasTopLevelAlternative(pattern: string): boolean {
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") {
      if (pattern[i + 1] === "Q") return true;
      i++;
    } else if (c === "[") i = endOfClass(pattern, i);
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "|" && depth === 0) return true;
  }
  return false;
}

/** The place of the `]` that ends the class that begins at `start`. */
function endOfClass(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === "^") i++;
  if (pattern[i] === "]") i++;
  for (; i < pattern.length && pattern[i] !== "]"; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern.startsWith("[:", i)) i = Math.max(i, pattern.indexOf(":]", i) + 1);
  }
  return i;
}

/** The length of the text at the beginning that is literal, its last character not repeated. */
function literalRun(pattern: string): number {
  let i = 0;
  for (;;) {
    const c = pattern[i];
    if (c === undefined) return i;
    const escaped = c === "\\" && ESCAPED.test(pattern[i + 1] ?? "a");
    if (!escaped && META.test(c)) return i;
    const end = i + (escaped ? 2 : 1);
    if (/[*+?{]/.test(pattern[end] ?? "")) return i;
    i = end;
  }
}

/** The literal text that every full match begins with. */
export function literalPrefix(pattern: string): string {
  if (hasTopLevelAlternative(pattern)) return "";
  const text = pattern.startsWith("^") ? pattern.slice(1) : pattern;
  return text.slice(0, literalRun(text)).replace(/\\(.)/gs, "$1");
}

const IGNORES_CASE = /\(\?[a-zA-Z-]*i/;

/**
 * The longest literal text that every full match holds somewhere; `""` if none can be told. Groups and classes are passed over, repeated
 * characters end a text.
 */
export function requiredLiteral(pattern: string): string {
  if (hasTopLevelAlternative(pattern) || IGNORES_CASE.test(pattern)) return "";
  let best = "";
  let run = "";
  for (let i = 0; i < pattern.length;) {
    const literal = literalAt(pattern, i);
    const end = literal === undefined ? endOfAtom(pattern, i) : i + literal.length + (pattern[i] === "\\" ? 1 : 0);
    const times = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(pattern.slice(end, end + 16))?.[0] ?? "";
    const kept = literal !== undefined && !/^(?:[*?]|\{0)/.test(times);
    if (kept) run += literal;
    if (run.length > best.length) best = run;
    if (!kept || times !== "") run = "";
    i = Math.max(end + times.length, i + 1);
  }
  return best;
}

/** The literal character at a place of a pattern. */
function literalAt(pattern: string, i: number): string | undefined {
  const c = pattern[i] ?? "";
  if (c === "\\") return ESCAPED.test(pattern[i + 1] ?? "a") ? pattern[i + 1] : undefined;
  return META.test(c) ? undefined : c;
}

/** Just after the group, class, escape or single sign at a place of a pattern. */
function endOfAtom(pattern: string, start: number): number {
  const c = pattern[start];
  if (c === "\\") return start + (/^\\(?:x\{[^}]*\}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|[pP].|[0-7]{1,3}|.)/s.exec(pattern.slice(start, start + 64))?.[0].length ?? 2);
  if (c === "[") return endOfClass(pattern, start) + 1;
  return c === "(" ? endOfGroup(pattern, start) : start + 1;
}

/** Just after the `)` of the group that begins at `start`; groups may stand in groups as deep as they like. */
function endOfGroup(pattern: string, start: number): number {
  let depth = 1;
  let i = start + 1;
  while (i < pattern.length && depth > 0) {
    const c = pattern[i];
    if (c === "(") depth++;
    if (c === ")") depth--;
    i = c === "(" || c === ")" ? i + 1 : endOfAtom(pattern, i);
  }
  return i + (depth > 0 ? 1 : 0);
}
