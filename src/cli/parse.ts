import { parseArgs } from "node:util";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { Args } from "./args.ts";
import { type Command, type Flag, UsageError } from "./command.ts";
import { COMMON_FLAGS } from "./common-flags.ts";

/**
 * Reads the words after the command's name. Stricter than the command tree's own reading: an unknown flag, a value where
 * none belongs, a missing or unfit value, a flag given twice and a word too many are each a `UsageError`.
 */
export function readArgs(command: Command, words: readonly string[]): Args {
  const foreign = command.readForeign?.(words);
  if (foreign !== undefined) return foreign;
  const flags = [...command.flags, ...COMMON_FLAGS];
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens(flags, words)) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind === "option") keep(values, flags, token);
  }
  if (!values.has("help")) checkCount(command, positionals);
  return new Args(values, positionals);
}

interface OptionToken {
  readonly kind: "option";
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

type Token = OptionToken | { readonly kind: "positional"; readonly value: string } | { readonly kind: "option-terminator" };

function tokens(flags: readonly Flag[], words: readonly string[]): readonly Token[] {
  const options = Object.fromEntries(flags.map((flag) => [
    flag.name,
    { type: flag.value === undefined ? "boolean" as const : "string" as const, multiple: true, ...(flag.short === undefined ? {} : { short: flag.short }) },
  ]));
  return parseArgs({ args: [...words], options, allowPositionals: true, strict: false, tokens: true }).tokens as readonly Token[];
}

function keep(values: Map<string, string[]>, flags: readonly Flag[], token: OptionToken): void {
  const flag = flags.find((f) => f.name === token.name);
  if (flag === undefined) throw unknownFlag(flags, token.rawName);
  const value = flag.value === undefined ? bare(token) : valueOf(flag, token);
  const problem = unfit(flag, value);
  if (problem !== undefined) throw new UsageError(`${token.rawName}: ${problem}`);
  const earlier = values.get(flag.name);
  if (earlier === undefined) values.set(flag.name, [value]);
  else if (flag.repeat === true) earlier.push(value);
  else if (flag.value !== undefined) throw new UsageError(`${token.rawName} is given twice ("${earlier[0]}" and "${value}")`);
}

function bare(token: OptionToken): string {
  if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value, but "${token.value}" was given`);
  return "";
}

function valueOf(flag: Flag, token: OptionToken): string {
  const { value } = token;
  if (value === undefined) throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`);
  if (token.inlineValue !== true && /^-[^\d]/.test(value)) {
    throw new UsageError(`${token.rawName} needs a value, but "${value}" follows, which looks like a flag (if it is meant: ${token.rawName}=${value})`);
  }
  return value;
}

function unfit(flag: Flag, value: string): string | undefined {
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    return `"${value}" is none of ${flag.choices.join(", ")}${suggestion(value, flag.choices)}`;
  }
  return flag.value === undefined ? undefined : flag.check?.(value);
}

function unknownFlag(flags: readonly Flag[], rawName: string): UsageError {
  const names = flags.map((f) => `--${f.name}`);
  return new UsageError(`unknown flag ${rawName}${rawName.startsWith("--") ? suggestion(rawName, names) : ""}`);
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const { min, max, usage } = command.positionals;
  if (positionals.length > max) {
    throw new UsageError(max === 0 ? `takes no such argument: "${positionals[0]}"` : `too many arguments: "${positionals[max]}" (expected ${usage})`);
  }
  if (positionals.length < min) throw new UsageError(`missing argument: expected ${usage}`);
}

/** `. Did you mean X?`, or nothing when no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates);
  return near === undefined ? "" : `. Did you mean ${near}?`;
}
