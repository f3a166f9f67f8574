import { YAMLException, parseEvents } from "js-yaml";
import type { Event } from "js-yaml";
import { TextError } from "./text-error.ts";
import { yamlAdvice } from "./yaml-advice.ts";
import { maskBeforeClosing, maskFrom } from "./yaml-mask.ts";

/**
 * The events of the first document of a YAML text. Two things that yaml-cpp takes and js-yaml does not are hidden
 * from js-yaml, keeping every offset: control characters in scalars, and lines within `[...]`, `{...}` or quotes that
 * are not indented deeper than what holds them. Take scalar texts from the original text, not from the events' flags.
 * Throws TextError at the first syntax error.
 */
export function yamlEvents(text: string): Event[] {
  let readable = CONTROLS.test(text) ? text.replace(ALL_CONTROLS, STAND_IN) : text;
  for (let tries = 0; ; tries++) {
    try {
      return parseEvents(readable, { maxDepth: MAX_DEPTH });
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const isFlow = error.reason === "deficient indentation" && (tries < MAX_TRIES || tries * text.length < MAX_WORK);
      const masked = !isFlow ? undefined : tries === 0 ? maskBeforeClosing(readable) : maskFrom(readable, error.mark?.position ?? 0);
      if (masked === undefined) throw syntaxError(text, error);
      readable = masked;
    }
  }
}

/** Deeper than any document may be (100), so that depth is reported with our own words. */
const MAX_DEPTH = 1000;
/** Every try reads the text once more; the first hides all closing brackets that begin a line, so few are needed. */
const MAX_TRIES = 50;
/** Small texts may be read more often: so many characters in all. */
const MAX_WORK = 20_000_000;
/** Control characters that js-yaml refuses and yaml-cpp does not. */
const CONTROLS = /[\x01-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/;
const ALL_CONTROLS = /[\x01-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/g;
/** A letter for private use: no YAML syntax. */
const STAND_IN = "\uE000";

function syntaxError(text: string, error: YAMLException): TextError {
  const stopped = Math.min(error.mark?.position ?? 0, text.length);
  const { message, why, fix, at = stopped } = yamlAdvice(error.reason, text, stopped);
  const depth = error.reason.startsWith("nesting exceeded");
  return new TextError(depth ? "LGT0104" : "LGT0101", at, wordEnd(text, at), message, { ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
}

function wordEnd(text: string, at: number): number {
  if (text.charAt(at) === "\\") return Math.min(at + 2, text.length);
  const rest = /^[^\s,[\]{}:"']+/.exec(text.slice(at, at + 80));
  return Math.min(text.length, at + Math.max(1, rest?.[0].length ?? 1));
}
