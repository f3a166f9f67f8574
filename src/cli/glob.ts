import { fs } from "../platform/builtins.ts";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { InputError } from "./command.ts";

/** Folders that no configuration lives in. */
const SKIPPED = /^(\.|node_modules$)/;
const CONFIG_NAME = /\.(ya?ml|json)$/i;

/** One input, and whether it was named or found in a folder (what is found need not be a configuration). */
export interface InputName {
  readonly name: string;
  readonly found: boolean;
}

/**
 * Files for the words of a command line: a folder stands for its .yaml, .yml and .json files at any depth, a pattern with
 * `*`, `?`, `[...]`, `{a,b}` or `**` for the files it matches. `-` and `git:...` and names of files are kept as they are.
 */
export function expandInputs(words: readonly string[]): InputName[] {
  const inputs = words.flatMap(expand);
  const seen = new Set<string>();
  return inputs.filter(({ name }) => !seen.has(name) && seen.add(name) !== undefined);
}

function expand(word: string): InputName[] {
  if (word === "-" || word.startsWith("git:")) return [{ name: word, found: false }];
  const facts = factsOf(word);
  if (facts?.isDirectory()) return inFolder(word);
  if (facts !== undefined || !/[*?[{]/.test(word)) return [{ name: word, found: false }];
  const fixed = word.slice(0, word.search(/[*?[{]/));
  const base = fixed.slice(0, fixed.lastIndexOf("/") + 1);
  const pattern = globRegExp(word);
  const matches = filesBelow(base === "" ? "." : base).filter((file) => pattern.test(file));
  if (matches.length === 0) throw new InputError(`${word}: no file matches`);
  return matches.map((name) => ({ name, found: true }));
}

/** Undefined for whatever cannot be looked at: reading it will say why. */
function factsOf(path: string): Stats | undefined {
  try {
    return fs().statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function inFolder(folder: string): InputName[] {
  const names = filesBelow(folder).filter((file) => CONFIG_NAME.test(file));
  if (names.length === 0) throw new InputError(`${folder}: the folder holds no .yaml, .yml or .json file`);
  return names.map((name) => ({ name, found: true }));
}

function filesBelow(folder: string): string[] {
  let entries;
  try {
    entries = fs().readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (SKIPPED.test(entry.name)) return [];
    const path = folder === "." ? entry.name : join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** `**` crosses folders, `*` and `?` do not. */
export function globRegExp(glob: string): RegExp {
  const source = glob.replace(/^\.\//, "").replace(/\*\*\/?|\*|\?|\[!?[^\]]+\]|\{[^}]*\}|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === "**/") return "(?:[^/]+/)*";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("[") && token.length > 1) return token.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    if (token.startsWith("{") && token.length > 1) return `(?:${token.slice(1, -1).split(",").map((part) => globRegExp(part).source.slice(1, -1)).join("|")})`;
    return `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}
