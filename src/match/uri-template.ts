/**
 * Path templates `/users/{id}/**` (source/extensions/path/uri_template_lib): compiled to a regex whose named groups are the
 * variables, and a rewrite that puts them together anew.
 */
import { compileRegex } from "./regex.ts";
import type { Regex } from "./regex.ts";

const LITERAL = "a-zA-Z0-9-._~%!$&'()+,;:@=*";
const ONE_SEGMENT = `[${LITERAL}]+`;
const ANY_SEGMENTS = `[${LITERAL}/]*`;
const LITERAL_ONLY = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=*]+$/;
const REWRITE_LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=*/]+$/;
const VARIABLE_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const MAX_VARIABLES = 5;
const MAX_NAME = 16;

/** A template that breaks the rules; `message` is in Envoy's words. */
export class TemplateError extends Error {}

/** The regex text of a template being read, and what its rules must remember. */
interface Reading {
  rest: string;
  readonly variables: string[];
  globs: ("*" | "**")[];
}

function quoted(literal: string): string {
  return literal.replace(/[$()+.]/g, "\\$&");
}

function readOperator(text: string, reading: Reading): { regex: string; length: number } {
  const glob = text.startsWith("**") ? "**" : "*";
  noteGlob(glob, reading, "Glob after text glob.");
  return { regex: glob === "**" ? ANY_SEGMENTS : ONE_SEGMENT, length: glob.length };
}

function noteGlob(glob: "*" | "**", reading: Reading, message: string): void {
  if (reading.globs.at(-1) === "**") throw new TemplateError(message);
  reading.globs.push(glob);
}

function readLiteral(text: string): string {
  const literal = text.slice(0, endOfSegment(text));
  if (!LITERAL_ONLY.test(literal)) throw new TemplateError(`Invalid literal: "${literal}"`);
  return literal;
}

function endOfSegment(text: string): number {
  const slash = text.indexOf("/");
  return slash < 0 ? text.length : slash;
}

/** The part of a variable after `=`: literals and globs between slashes. */
function readVariableMatch(match: string, reading: Reading): string {
  if (match === "") throw new TemplateError("Empty variable match");
  const parts: string[] = [];
  let rest = match;
  while (rest !== "") {
    if (rest.startsWith("*")) {
      const { regex, length } = readOperator(rest, reading);
      parts.push(regex);
      rest = rest.slice(length);
    } else {
      const literal = readLiteral(rest);
      parts.push(quoted(literal));
      rest = rest.slice(literal.length);
    }
    if (rest === "") break;
    if (!rest.startsWith("/") || rest.length === 1) throw new TemplateError(`Invalid variable match: "${rest}"`);
    rest = rest.slice(1);
  }
  return parts.join("/");
}

function noteVariable(name: string, reading: Reading): void {
  if (reading.variables.length >= MAX_VARIABLES) throw new TemplateError(`Exceeded variable count limit (${MAX_VARIABLES})`);
  if (name.length > MAX_NAME) {
    throw new TemplateError(`Invalid variable name length (length of "${name}" should be at least 1 and no more than ${MAX_NAME})`);
  }
  if (reading.variables.includes(name)) throw new TemplateError(`Repeated variable name: "${name}"`);
  reading.variables.push(name);
}

/** A segment that holds a variable, possibly with literal text before and after it. */
function readVariable(reading: Reading): string {
  const text = reading.rest;
  const open = text.indexOf("{");
  const close = text.indexOf("}", open);
  if (close < 0) throw new TemplateError(`Unmatched variable bracket in mixed pattern: "${text}"`);
  const prefix = text.slice(0, open);
  const after = text.slice(close + 1);
  const suffix = after.slice(0, endOfSegment(after));
  if (prefix !== "" && !LITERAL_ONLY.test(prefix)) throw new TemplateError(`Invalid prefix literal: "${prefix}"`);
  if (suffix !== "" && !LITERAL_ONLY.test(suffix)) throw new TemplateError(`Invalid suffix literal: "${suffix}"`);
  reading.rest = after.slice(suffix.length);
  const [name = "", match] = splitOnce(text.slice(open + 1, close), "=");
  if (!VARIABLE_NAME.test(name)) throw new TemplateError(`Invalid variable name: "${name}"`);
  if (match === undefined) noteGlob("*", reading, "Implicit variable path glob after text glob.");
  const regex = match === undefined ? ONE_SEGMENT : readVariableMatch(match, reading);
  noteVariable(name, reading);
  return `${quoted(prefix)}(?P<${name}>${regex})${quoted(suffix)}`;
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function readSegment(reading: Reading): string {
  const text = reading.rest;
  const segment = text.slice(0, endOfSegment(text));
  if (text.startsWith("*")) {
    const { regex, length } = readOperator(text, reading);
    reading.rest = text.slice(length);
    return regex;
  }
  if (text.startsWith("{") || (segment.includes("{") && segment.includes("}"))) return readVariable(reading);
  const literal = readLiteral(text);
  reading.rest = text.slice(literal.length);
  return quoted(literal);
}

/** Turns a template into the text of a regex that must match the whole bare path. Throws {@link TemplateError}. */
export function templateRegex(template: string): string {
  if (!/^\/[\x21-\x7e]*$/.test(template)) throw new TemplateError(`Invalid pattern: "${template}"`);
  const reading: Reading = { rest: template.slice(1), variables: [], globs: [] };
  const segments: string[] = [];
  let suffix = "";
  while (reading.rest !== "") {
    segments.push(readSegment(reading));
    if (reading.rest === "") break;
    if (reading.rest === "/") {
      segments.push("");
      break;
    }
    if (reading.rest.startsWith("/")) {
      reading.rest = reading.rest.slice(1);
      continue;
    }
    suffix = readLiteral(reading.rest);
    if (suffix.length < reading.rest.length) throw new TemplateError("Prefix match not supported.");
    break;
  }
  return `/${segments.join("/")}${quoted(suffix)}`;
}

/** Compiles a template. Throws {@link TemplateError}. */
export function compileTemplate(template: string): Regex {
  const regex = compileRegex(templateRegex(template));
  if ("fullMatch" in regex) return regex;
  throw new TemplateError(regex.message);
}

/** Puts the variables of a matched template into another one: `/v2/{id}`. */
export class TemplateRewrite {
  private readonly regex: Regex;
  private readonly parts: readonly (string | number)[];

  constructor(regex: Regex, parts: readonly (string | number)[]) {
    this.regex = regex;
    this.parts = parts;
  }

  /** The new path, or `""` if the template does not match the bare path. */
  rewrite(barePath: string): string {
    const groups = this.regex.groups(barePath);
    if (groups === undefined) return "";
    return this.parts.map((part) => (typeof part === "string" ? part : (groups[part] ?? ""))).join("");
  }
}

/** Reads a rewrite template on its own: literals and `{variables}`. Throws {@link TemplateError}. */
export function readRewrite(template: string): { readonly literal?: string; readonly variable?: string }[] {
  if (!template.startsWith("/")) throw new TemplateError("Invalid rewrite variable placement");
  if (template.includes("//")) throw new TemplateError("Invalid rewrite literal");
  const parts: { literal?: string; variable?: string }[] = [];
  let rest = template;
  while (rest !== "") {
    const [literal, after] = splitOnce(rest, "{");
    if (literal !== "" && !REWRITE_LITERAL.test(literal)) throw new TemplateError("Invalid rewrite literal pattern");
    if (literal !== "") parts.push({ literal });
    if (after === undefined) break;
    const [variable, next] = splitOnce(after, "}");
    if (next === undefined) throw new TemplateError("Unmatched variable bracket");
    if (!VARIABLE_NAME.test(variable)) throw new TemplateError("Invalid variable name");
    parts.push({ variable });
    rest = next;
  }
  return parts;
}

/** Joins a rewrite with the matched template's regex. Throws {@link TemplateError} for a variable that the match does not have. */
export function compileRewrite(template: string, regex: Regex): TemplateRewrite {
  const parts = readRewrite(template).map(({ literal, variable }) => {
    if (variable === undefined) return literal ?? "";
    const group = regex.groupNamed(variable);
    if (group === 0) throw new TemplateError("Nonexisting variable name");
    return group;
  });
  return new TemplateRewrite(regex, parts);
}
