import { isatty } from "node:tty";
import { readArgs, suggestion } from "./parse.ts";
import { type Command, InputError, UsageError } from "./command.ts";
import { COMMANDS, commandTree } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";
import { type ColorWhen, Terminal } from "./terminal.ts";
import { versionLine } from "./version.ts";

/** Runs one command line (without the program's name). Answers the exit code and never throws. */
export async function main(words: readonly string[], terminal: Terminal = new Terminal(process.env, isatty)): Promise<number> {
  try {
    return await dispatch(words, terminal);
  } catch (error) {
    return fail(error, words, terminal);
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === "--version" || first === "-V") return print(terminal, `${versionLine()}\n`);
  if (first === "--help" || first === "-h") return print(terminal, overview(COMMANDS));
  if (first === "help") return help(rest[0], terminal);
  if (first === undefined) {
    terminal.err(overview(COMMANDS));
    return 2;
  }
  if (first.startsWith("-")) throw new UsageError(`name a command before ${first}, for example: legate serve ${words.join(" ")}`);
  const command = find(first);
  let code = 0;
  await commandTree((chosen, raw) => runOne(chosen, raw, terminal).then((c) => { code = c; }))([command.name, ...rest]);
  return code;
}

async function runOne(command: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArgs(command, words);
  if (args.has("help")) return print(terminal, commandHelp(command));
  if (args.has("quiet") && args.has("verbose")) throw new UsageError("--quiet and --verbose exclude each other");
  terminal.color = (args.text("color") ?? "auto") as ColorWhen;
  terminal.level = args.has("quiet") ? 0 : args.has("verbose") ? 2 : 1;
  for (const flag of command.flags) {
    if (flag.idle !== undefined && args.has(flag.name)) terminal.say(`legate ${command.name}: note: --${flag.name} has no effect: ${flag.idle}`);
  }
  return command.run(args, terminal, COMMANDS);
}

function find(name: string): Command {
  const command = COMMANDS.find((c) => c.name === name);
  if (command !== undefined) return command;
  throw new UsageError(`unknown command "${name}"${suggestion(name, COMMANDS.map((c) => c.name))}`);
}

function help(name: string | undefined, terminal: Terminal): number {
  return print(terminal, name === undefined ? overview(COMMANDS) : commandHelp(find(name)));
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text);
  return 0;
}

function fail(error: unknown, words: readonly string[], terminal: Terminal): number {
  const name = COMMANDS.some((c) => c.name === words[0]) ? ` ${words[0]}` : "";
  const label = `legate${name}`;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) terminal.err(`${label}: ${message}\n${label} --help shows the flags.\n`);
  else if (error instanceof InputError) terminal.err(`${label}: ${message}\n`);
  else {
    terminal.err(`${label}: internal error: ${message.split("\n")[0]}. This is a fault in legate; please report it${terminal.level === 2 ? "" : " with the output of --verbose"}.\n`);
    if (terminal.level === 2 && error instanceof Error) terminal.err(`${error.stack}\n${versionLine()}\n`);
  }
  return 2;
}
