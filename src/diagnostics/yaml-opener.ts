/** A bracket, a quote or a comment begins only behind one of these. */
const BEFORE_TOKEN = " \t\n\r[{,:";

/**
 * Where the bracket or quote stands that is still open at the end of a YAML text: the outermost bracket, or the quote.
 * A good guess for messages only: brackets in block scalars and in plain texts can mislead it. Undefined if nothing is.
 */
export function openerOf(text: string): number | undefined {
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === "]" || c === "}") open.pop();
    else if (at > 0 && !BEFORE_TOKEN.includes(text.charAt(at - 1))) continue;
    else if (c === "[" || c === "{") open.push(at);
    else if (c === "#") at = until(text, at, "\n");
    else if (c === '"' || c === "'") {
      const end = closingQuote(text, at + 1, c);
      if (end === undefined) return at;
      at = end;
    }
  }
  return open[0];
}

function until(text: string, from: number, mark: string): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end;
}

function closingQuote(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === "\\" && quote === '"') at++;
    else if (c === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") return at;
      at++;
    }
  }
  return undefined;
}
