/**
 * Reads a command line as router_check_tool does (TCLAP): words that it does not know are configurations without a label, which nobody
 * looks at; a value is the next word, whatever it is; a flag given twice ends the program.
 */
import { Args } from "./args.ts";

/** What a mistake in the command line makes it print. */
export const PARSE_ERROR = "parse-error";

interface ToolFlag {
  readonly name: string;
  readonly short: string;
  readonly takes: "text" | "number" | undefined;
}

const flag = (name: string, short = "", takes?: "text" | "number"): ToolFlag => ({ name, short, takes });

const FLAGS: readonly ToolFlag[] = [
  flag("details", "d"), flag("only-show-failures"), flag("disable-deprecation-check"), flag("fail-under", "f", "number"), flag("covall"),
  flag("config-path", "c", "text"), flag("test-path", "t", "text"), flag("output-path", "o", "text"), flag("detailed-coverage"),
];

/** Flags that other commands of simulate-route have too, or mean something else. */
const SHARED: ReadonlySet<string> = new Set(["config-path", "fail-under"]);

/** Undefined: no flag of these words is the tool's alone, or they ask for help. */
export function readToolWords(words: readonly string[]): Args | undefined {
  if (words.includes("--help") || words.includes("-h")) return undefined;
  if (!words.some((word) => isOwn(flagOf(word)?.flag))) return undefined;
  const values = new Map<string, string[]>();
  const fail = (problem: string, wrong: ToolFlag): Args => new Args(new Map([[PARSE_ERROR, [parseError(problem, wrong)]]]), []);
  for (let i = 0; i < words.length && words[i] !== "--"; i++) {
    const found = flagOf(words[i] ?? "");
    if (found === undefined) continue;
    const { name, takes } = found.flag;
    if (values.has(name)) return fail("Argument already set!", found.flag);
    const value = takes === undefined ? "" : (found.value ?? words[++i]);
    if (value === undefined) return fail("Missing a value for this argument!", found.flag);
    if (takes === "number" && !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return fail(`Couldn't read argument value from string '${value}'`, found.flag);
    values.set(name, [value]);
  }
  return new Args(values, []);
}

function isOwn(known: ToolFlag | undefined): boolean {
  return known !== undefined && !SHARED.has(known.name);
}

/** `--name`, `-n`; beyond the tool `--name=value` too. */
function flagOf(word: string): { readonly flag: ToolFlag; readonly value: string | undefined } | undefined {
  const [, long, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
  const found = FLAGS.find(({ name, short }) => name === long || (short !== "" && word === `-${short}`));
  return found === undefined || (value !== undefined && found.takes === undefined) ? undefined : { flag: found, value };
}

function parseError(problem: string, { name, short }: ToolFlag): string {
  const called = short === "" ? `(--${name})` : `-${short} (--${name})`;
  return `PARSE ERROR: Argument: ${called}\n             ${problem}\n\nFor complete USAGE and HELP type: \n   legate simulate-route --help\n\n`;
}
