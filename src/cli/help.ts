import type { Command, Flag } from "./command.ts";
import { COMMON_FLAGS } from "./common-flags.ts";

const WIDTH = 100;
const INDENT = 30;

/** What `legate --help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((c) => `  ${c.name.padEnd(16)} ${c.summary}`);
  return [
    "legate: Envoy's configuration language in one binary.",
    "",
    "Usage: legate COMMAND [FLAGS] [ARGUMENTS]",
    "",
    "Commands:",
    ...rows,
    "",
    "Flags:",
    ...[{ name: "version", help: "Print version, commit, Envoy API version and target." }, ...COMMON_FLAGS.filter((f) => f.name === "help")].flatMap(flagLines),
    "",
    "legate COMMAND --help shows a command's flags, with examples.",
    "Exit codes: 0 clean, 1 findings or differences, 2 bad usage or unreadable input.",
    "",
  ].join("\n");
}

/** What `legate COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const positionals = command.positionals.usage === "" ? "" : ` ${command.positionals.usage}`;
  const width = Math.max(...command.examples.map((e) => e.line.length));
  return [
    `legate ${command.name}: ${command.summary}`,
    "",
    `Usage: legate ${command.name} [FLAGS]${positionals}`,
    "",
    ...wrap(command.about, WIDTH),
    "",
    ...section("Flags", command.flags.filter((f) => f.idle === undefined)),
    ...section("Taken for Envoy's sake, without effect here", command.flags.filter((f) => f.idle !== undefined)),
    ...section("Common flags", COMMON_FLAGS),
    "Examples:",
    ...command.examples.map((e) => `  legate ${e.line.padEnd(width)}  # ${e.says}`),
    "",
  ].join("\n");
}

function section(title: string, flags: readonly Flag[]): string[] {
  return flags.length === 0 ? [] : [`${title}:`, ...flags.flatMap(flagLines), ""];
}

function flagLines(flag: Flag): string[] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.choices?.join("|") ?? flag.value;
  const head = `  ${short}--${flag.name}${value === undefined ? "" : ` ${value}`}`;
  const facts = [flag.idle ?? flag.help, flag.repeat === true ? "May be repeated." : "", flag.fallback === undefined ? "" : `Default: ${flag.fallback}.`];
  const text = wrap(facts.filter((f) => f !== "").join(" "), WIDTH - INDENT).map((line) => " ".repeat(INDENT) + line);
  if (head.length >= INDENT - 1) return [head, ...text];
  return [head.padEnd(INDENT) + (text[0] ?? "").trimStart(), ...text.slice(1)];
}

function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines = [""];
    for (const word of paragraph.split(" ")) {
      const last = lines[lines.length - 1] ?? "";
      if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
      else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
    }
    return lines;
  });
}
