import { YAMLException, parseEvents } from "js-yaml";

/**
 * yaml-cpp does not care how lines within `[...]`, `{...}` and quotes are indented; js-yaml wants them deeper than what
 * holds them. Both functions hide line breaks (and the comments before them) behind spaces, so that offsets stay and
 * nothing but indentation changes.
 */

/** Hides the breaks before all lines that begin with a closing bracket: the usual form, harmless elsewhere. */
export function maskBeforeClosing(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { index } of text.matchAll(CLOSING_LINE)) {
    const breakAt = text.charAt(index - 1) === "\r" ? index - 1 : index;
    const lineStart = text.lastIndexOf("\n", breakAt - 1) + 1;
    // behind a block scalar's header the break is needed
    if (BLOCK_HEADER.test(text.slice(lineStart, breakAt).trimEnd().slice(-4))) continue;
    const hideFrom = Math.max(from, commentIn(text, lineStart, breakAt));
    parts.push(text.slice(from, hideFrom), " ".repeat(index + 1 - hideFrom));
    from = index + 1;
  }
  return parts.join("") + text.slice(from);
}

const CLOSING_LINE = /\n(?=[ \t]*[\]}])/g;
const BLOCK_HEADER = /[|>][+-]?\d?[+-]?$/;

/**
 * Hides the breaks from the line of offset `at`, which the parser found indented too little, to the end of the flow
 * collection or quoted scalar it belongs to. Undefined when that is neither.
 */
export function maskFrom(text: string, at: number): string | undefined {
  const breakAt = text.slice(0, at).trimEnd().length;
  const open = openAt(text.slice(0, breakAt));
  if (open === undefined) return undefined;
  if (open !== "flow") {
    const end = quoteEnd(text, breakAt, open);
    return text.slice(0, breakAt) + text.slice(breakAt, end).replace(/[\n\r]/g, " ") + text.slice(end);
  }
  // comments would swallow what follows once their lines have no end
  const comment = commentIn(text, text.lastIndexOf("\n", breakAt - 1) + 1, breakAt);
  const before = text.slice(0, comment) + " ".repeat(breakAt - comment);
  const { end, comments } = walkFlow(text, breakAt);
  let hidden = "";
  let from = breakAt;
  for (const [start, stop] of comments) {
    hidden += text.slice(from, start) + " ".repeat(stop - start);
    from = stop;
  }
  return before + (hidden + text.slice(from, end)).replace(/[\n\r]/g, " ") + text.slice(end);
}

/** Where the comment of one line begins, or the line's end. */
function commentIn(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const c = text.charAt(at);
    const isTokenStart = at === start || " \t[{,:".includes(text.charAt(at - 1));
    if (isTokenStart && c === "#") return at;
    if (isTokenStart && (c === '"' || c === "'")) at = quoteEnd(text, at + 1, c);
  }
  return end;
}

/** What is still open at the end of a text, by what the parser misses there. */
function openAt(text: string): "flow" | '"' | "'" | undefined {
  try {
    parseEvents(text, { maxDepth: 1000 });
    return undefined;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.includes("double quoted")) return '"';
    if (error.reason.includes("single quoted")) return "'";
    return error.reason.includes("flow collection") ? "flow" : undefined;
  }
}

/** Walks from within a flow collection to the bracket that closes it; gives that offset and the comments on the way. */
function walkFlow(text: string, from: number): { end: number; comments: [number, number][] } {
  const comments: [number, number][] = [];
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === "#" && /\s/.test(text.charAt(at - 1))) {
      const stop = lineEnd(text, at);
      comments.push([at, stop]);
      at = stop - 1;
    } else if ((c === '"' || c === "'") && /[\s,[\]{}:]/.test(text.charAt(at - 1))) at = quoteEnd(text, at + 1, c);
    else if (c === "[" || c === "{") depth++;
    else if ((c === "]" || c === "}") && --depth < 0) return { end: at, comments };
  }
  return { end: text.length, comments };
}

function quoteEnd(text: string, from: number, quote: '"' | "'"): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === "\\" && quote === '"') at++;
    else if (c === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") return at;
      at++;
    }
  }
  return text.length;
}

function lineEnd(text: string, from: number): number {
  BREAK.lastIndex = from;
  return BREAK.test(text) ? BREAK.lastIndex - 1 : text.length;
}

const BREAK = /[\n\r]/g;
