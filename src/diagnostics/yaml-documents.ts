/** Where the documents of a YAML text begin and end. */
import { Source } from "./source.ts";

const MARKER = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm;
/** Nothing but blank lines, comments and directives. */
const PROLOGUE = /^(?:[ \t]*(?:#[^\n]*)?(?:\n|\r\n?)|%[^\n]*\n)*$/;
/** Content, and no marker. */
const CONTENT = /^(?!(?:---|\.\.\.)[ \t]*(?:#.*)?$)[ \t]*[^#\s]/m;

/** The offset at which the first document ends; Envoy never looks at the rest, be it valid or not. */
export function firstEnd(text: string): number {
  if (!/\n(?:---|\.\.\.)/.test(text)) return text.length;
  for (const { 0: word, index } of text.matchAll(MARKER)) {
    if (word !== "---" || !PROLOGUE.test(text.slice(0, index))) return index;
  }
  return text.length;
}

/** More documents than this are not looked at. */
const MOST = 1000;

/** The documents after the first that hold anything, each as a text of its own with the lines of the file. */
export function laterDocuments(source: Source): Source[] {
  const { name, text } = source;
  const end = firstEnd(text);
  if (end === text.length) return [];
  const { lines } = source; // only now: counting lines takes time
  const starts = [...text.slice(end).matchAll(MARKER)].map(({ index }) => end + index).slice(0, MOST);
  return starts.flatMap((start, i) => {
    const part = text.slice(start, starts[i + 1] ?? text.length);
    return CONTENT.test(part) ? [new Source(name, part, "yaml", lines.lineAt(start))] : [];
  });
}
