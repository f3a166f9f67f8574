/** A JSON syntax error in plain words; `length` is how many characters it covers. */
export interface JsonAdvice {
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  readonly length: number;
}

/** Says what stands at offset `at` instead of what was `expected`, with advice for the usual slips. */
export function jsonAdvice(expected: string, text: string, at: number): JsonAdvice {
  const rest = text.slice(at, at + 40);
  if (at >= text.length) return { message: "The document ends too early; a bracket or a value is missing.", fix: "Add what is missing, or look for a bracket closed too often before.", length: 0 };
  if (/^(\/\/|\/\*|#)/.test(rest)) return { message: "JSON has no comments.", why: "Envoy rejects them too.", fix: "Remove the comment, or name the file .yaml and comment with \"#\".", length: 2 };
  const word = /^[\w$.+-]+/.exec(rest)?.[0];
  if (expected.startsWith("a value") && word !== undefined) return wrongValue(word);
  const found = word ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { message: `Invalid JSON: ${expected}, not ${JSON.stringify(found)}.`, length: found.length };
}

function wrongValue(word: string): JsonAdvice {
  const length = word.length;
  if (/^(True|False|TRUE|FALSE|None|NULL|Null|undefined|nil)$/.test(word)) return { message: `"${word}" is no JSON value.`, fix: "Write true, false or null, in lower case.", length };
  if (/^[+-]?(NaN|Infinity|inf|nan)$/.test(word)) return { message: `"${word}" is no JSON number.`, fix: "Put it in quotes where the field allows such a value.", length };
  if (/^[+-]?0[xXoObB]/.test(word)) return { message: "JSON knows only decimal numbers.", fix: "Write the number in decimal.", length };
  if (/^[+-]?0\d/.test(word)) return { message: "A number cannot begin with a zero.", fix: "Remove the zero, or put the value in quotes if it is text.", length };
  if (/^[+.-]?[\d.]/.test(word)) return { message: `"${word}" is no valid number.`, fix: "Write digits before and after the point, and no plus sign.", length };
  return { message: `A text needs quotes: "${word}" is no JSON value.`, fix: `Write "${word}" in quotes.`, length };
}
