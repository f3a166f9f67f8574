import { fs } from "../platform/builtins.ts";
import { join } from "node:path";
import type { Args } from "./args.ts";
import { type Command, InputError, UsageError } from "./command.ts";
import { STARTERS } from "./generated/starters.ts";
import { suggestion } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const NAMES = Object.keys(STARTERS);

/** Prints or writes a starting configuration. */
export const init: Command = {
  name: "init",
  summary: "Print a commented, valid starting configuration",
  about: `Starters: ${NAMES.join(", ")}. Without a name it is front-proxy. A starter of several files is written to a folder with --into.`,
  positionals: { usage: "[STARTER]", min: 0, max: 1, completes: NAMES },
  flags: [
    { name: "list", help: "Print the names of the starters, with their first line." },
    { name: "into", value: "FOLDER", completes: "file", help: "Write the starter's files to FOLDER. Files that exist are kept and refused." },
  ],
  examples: [
    { line: "init > envoy.yaml", says: "the front proxy" },
    { line: "init canary", says: "traffic split by weight" },
    { line: "init xds-files --into xds", says: "listeners, routes, clusters and endpoints as watched files" },
  ],
  run: async (args, terminal) => (args.has("list") ? list(terminal) : start(args, terminal)),
};

function list(terminal: Terminal): number {
  for (const name of NAMES) {
    const first = Object.values(STARTERS[name] ?? {})[0] ?? "";
    terminal.out(`${name.padEnd(16)} ${first.split("\n")[0]?.replace(/^# /, "")}\n`);
  }
  return 0;
}

function start(args: Args, terminal: Terminal): number {
  const name = args.positionals[0] ?? "front-proxy";
  const files = Object.hasOwn(STARTERS, name) ? STARTERS[name] : undefined;
  if (files === undefined) throw new UsageError(`there is no starter "${name}"${suggestion(name, NAMES)} (known: ${NAMES.join(", ")})`);
  const folder = args.text("into");
  if (folder !== undefined) return write(folder, files, terminal);
  const texts = Object.values(files);
  if (texts.length > 1) throw new UsageError(`${name} is ${texts.length} files; name a folder for them: legate init ${name} --into ${name}`);
  terminal.out(texts[0] ?? "");
  return 0;
}

function write(folder: string, files: Readonly<Record<string, string>>, terminal: Terminal): number {
  const paths = Object.keys(files).map((name) => join(folder, name));
  const there = paths.find((path) => fs().existsSync(path));
  if (there !== undefined) throw new InputError(`${there} exists already; nothing was written`);
  try {
    fs().mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) fs().writeFileSync(join(folder, name), text, { flag: "wx" });
  } catch (error) {
    throw new InputError(`cannot write to ${folder}: ${(error as Error).message}`);
  }
  for (const path of paths) terminal.say(`wrote ${path}`);
  return 0;
}
