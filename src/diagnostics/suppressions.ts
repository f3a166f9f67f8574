import type { Source } from "./source.ts";

const MARKER = "legate-disable-next-line";

/**
 * The comments `# legate-disable-next-line LGT0123 LGT0124 reason` of one YAML text: line -> codes that are silenced
 * there. Several such comments above one line add up; comments and blank lines between them and the line do not count.
 */
export function suppressionsOf(source: Source): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  if (!source.text.includes(MARKER)) return found;
  const { lines } = source;
  for (let line = lines.firstLine; line <= lines.lastLine; line++) {
    const codes = codesOf(lines.textOf(line));
    if (codes.length === 0) continue;
    const target = nextContent(source, line);
    const known = found.get(target) ?? new Set();
    for (const code of codes) known.add(code);
    found.set(target, known);
  }
  return found;
}

function codesOf(line: string): string[] {
  const comment = /^\s*#\s*legate-disable-next-line\s+((?:LGT\d{4}[\s,]*)+)/.exec(line)?.[1];
  return comment?.match(/LGT\d{4}/g) ?? [];
}

function nextContent(source: Source, line: number): number {
  let next = line + 1;
  while (next <= source.lines.lastLine && /^\s*(?:#|$)/.test(source.lines.textOf(next))) next++;
  return next;
}
