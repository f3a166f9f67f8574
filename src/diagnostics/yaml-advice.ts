import { openerOf } from "./yaml-opener.ts";

/** A syntax error in plain words. */
export interface Advice {
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  /** The offset that shows the trouble better than the one where the parser gave up. */
  readonly at?: number;
}

/** Puts the parser's reason for refusing a YAML text into words that say what to do; `at` is the offset it names. */
export function yamlAdvice(reason: string, text: string, at: number): Advice {
  if (reason === "bad indentation of a mapping entry") return misplacedEntry(text, at);
  if (/unexpected end of the stream within/.test(reason)) return neverClosed(text);
  if (reason.startsWith("missed comma")) return missingComma(text, at);
  if (reason.startsWith("unknown escape")) return { ...UNKNOWN_ESCAPE, at: at - 1 };
  for (const [pattern, advice] of ADVICE) if (pattern.test(reason)) return advice;
  return { message: `Invalid YAML: ${reason}.` };
}

/** The parser has one reason for three common slips: a second colon, a reserved first character, a wrong indentation. */
function misplacedEntry(text: string, at: number): Advice {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const c = text.charAt(at);
  if (c === "@" || c === "`" || c === "%") {
    return { message: `A plain value cannot begin with "${c}".`, fix: "Put the value in quotes." };
  }
  if (/^\s*(- +)*[^\s#]+:\s+- ?$/.test(line) || (c === "-" && /:\s*$/.test(line))) {
    return { message: "A list cannot begin on the line of its key.", fix: "Put the first \"- \" on a line of its own." };
  }
  if (/:\s+\S/.test(line)) {
    return { message: "A value cannot contain \": \" without quotes.", why: "YAML takes a colon followed by a space for a key of its own.", fix: "Put the value in quotes, or move the inner key to a line of its own." };
  }
  return { message: "This line is indented differently from the keys around it.", fix: "Give all keys of one map the same indentation." };
}

/** A comma is hardly missing where a new line looks like the next entry of a block: a bracket before it is open. */
function missingComma(text: string, at: number): Advice {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  if (/^\s*(?:- |[\w"'.@-]+:(?:\s|$))/.test(text.slice(lineStart, lineStart + 200))) {
    const open = neverClosed(text.slice(0, lineStart));
    if (open.at !== undefined) return open;
  }
  return { message: "A comma is missing between two entries.", fix: "Add \",\" before this entry, or close the bracket before it." };
}

function neverClosed(text: string): Advice {
  const at = openerOf(text);
  if (at === undefined) return { message: "A bracket or a quote is never closed.", fix: "Add the missing bracket or quote." };
  const opener = text.charAt(at);
  const closer = opener === "[" ? "]" : opener === "{" ? "}" : opener;
  return { message: `This ${opener === '"' ? "double quote" : opener === "'" ? "single quote" : `"${opener}"`} is never closed.`, fix: `Add the missing ${closer} where the value ends.`, at };
}

const UNKNOWN_ESCAPE: Advice = { message: "Unknown escape in a double-quoted text.", why: "A backslash in double quotes begins an escape such as \\n or \\u00e9.", fix: "Write \"\\\\\" for a backslash, or use single quotes, where it is a plain character." };

const ADVICE: readonly (readonly [RegExp, Advice])[] = [
  [/^tab characters/, { message: "A tab is used for indentation.", why: "YAML allows only spaces there.", fix: "Replace the tab by spaces." }],
  [/bad indentation of a sequence entry/, { message: "This list item is indented differently from the items around it.", fix: "Give all \"- \" of one list the same indentation." }],
  [/^end of the stream or a document separator/, { message: "The document cannot go on here.", why: "A list and a map cannot stand side by side, and nothing may be indented less than the first line or follow a closing bracket.", fix: "Check the indentation of this line and the brackets before it." }],
  [/multiline key/, { message: "A key lacks its colon.", why: "A line on its own, without \": \", cannot stand between the keys of a map.", fix: "Add \":\" after the key, or indent the line if it continues the value above." }],
  [/^expected ':' after/, { message: "A key lacks its colon.", fix: "Add \":\" and a space after the key." }],
  [/^a whitespace character is expected after the key-value/, { message: "A colon after a key needs a space behind it.", fix: "Write \"key: value\"." }],
  [/expected the node content/, { message: "A value is missing before this character.", fix: "Remove the superfluous comma or bracket, or write null." }],
  [/hexadecimal character/, { message: "A \\x, \\u or \\U escape lacks hexadecimal digits.", fix: "Give 2, 4 or 8 digits." }],
  [/^undeclared tag handle/, { message: "The tag uses a prefix that no %TAG line declares." }],
  [/^deficient indentation/, { message: "A line within brackets or quotes is not indented deeper than what holds it.", fix: "Indent the line by two more spaces." }],
  [/^nesting exceeded/, { message: "The document is nested too deep." }],
  [/unacceptable YAML version/, { message: "The %YAML line names a version other than 1.x." }],
];
