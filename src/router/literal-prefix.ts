/** The literal text that every full match of a regex begins with, for the route index. Rather too short than wrong. */

const PLAIN = /[A-Za-z0-9/_\-~%!&',:;=@" <>#]/;
const ESCAPED = /[^A-Za-z0-9]/;

/** True if a `|` stands outside every group and class. */
function hasTopLevelAlternative(pattern: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") {
      if (pattern[i + 1] === "Q") return true;
      i++;
    } else if (inClass) inClass = c !== "]" || pattern[i - 1] === "[" || pattern.slice(i - 2, i) === "[^";
    else if (c === "[") inClass = true;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "|" && depth === 0) return true;
  }
  return false;
}

export function literalPrefix(pattern: string): string {
  if (hasTopLevelAlternative(pattern)) return "";
  let prefix = "";
  let i = pattern.startsWith("^") ? 1 : 0;
  while (i < pattern.length) {
    const c = pattern[i] ?? "";
    const escaped = c === "\\" && ESCAPED.test(pattern[i + 1] ?? "a");
    if (!escaped && !PLAIN.test(c)) break;
    const next = pattern[i + (escaped ? 2 : 1)];
    if (next === "*" || next === "?" || next === "{") break;
    prefix += escaped ? pattern[i + 1] : c;
    i += escaped ? 2 : 1;
    if (next === "+") break;
  }
  return prefix;
}
