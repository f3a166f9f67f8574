import type { Args } from "./args.ts";
import { type Command, UsageError } from "./command.ts";
import { readInput } from "./input.ts";
import { plural } from "./plural.ts";
import { deliver, renderFindings } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { exitCode } from "./validate.ts";

/** Prints configuration of older APIs as v3. */
export const migrateCommand: Command = {
  name: "migrate",
  summary: "Print a v1 or v2 configuration as v3, which Envoy 1.40 reads",
  about: "FILE is whatever validate reads, in YAML or JSON; - is standard input. The result is YAML and keeps the comments. What was changed, and what a person must change, is said on standard error with its place in FILE. Exit code 1: the result is not a valid configuration yet.",
  positionals: { usage: "FILE", min: 1, max: 1, completes: "file" },
  flags: [
    { name: "output-file", short: "o", value: "FILE", completes: "file", help: "Write the result to FILE instead of standard output." },
    { name: "as-static", help: "FILE is a config_dump: print the static bootstrap that runs the same, with what was discovered written into it." },
    { name: "type", value: "TYPE", help: "Do not guess the kind of FILE; see validate --help." },
  ],
  examples: [
    { line: "migrate envoy-v2.yaml > envoy.yaml", says: "one bootstrap" },
    { line: "migrate -o routes.yaml old/routes.json", says: "a route table of an RDS file" },
    { line: "migrate --as-static config_dump.json", says: "what a proxy runs, as a file to run it from" },
    { line: "migrate -", says: "standard input" },
  ],
  run,
};

async function run(args: Args, terminal: Terminal): Promise<number> {
  const [file = ""] = args.positionals;
  const [{ migrate }, { compileCheck }, { ALL_EXTENSIONS }, { typeNamed }] = await Promise.all([import("../tools/migrate.ts"), import("../tools/check.ts"), import("../extensions/all.ts"), import("../resources/kind.ts")]);
  const word = args.text("type");
  const type = word === undefined ? undefined : typeNamed(word);
  if (word !== undefined && type === undefined) throw new UsageError(`--type: there is no kind or message "${word}"`);
  const { text, findings, changes } = migrate(readInput(file), { check: compileCheck(ALL_EXTENSIONS), asStatic: args.has("as-static"), ...(type === undefined ? {} : { type }) });
  const told = findings.filter((finding) => finding.code === "LGT1101" || finding.severity === "error");
  if (terminal.level > 0) terminal.err(await renderFindings(told, [], args, terminal, "compact"));
  if (text === undefined) return 2;
  deliver(text, args, terminal);
  terminal.say(changes === 0 ? `${file} needs no upgrade` : `${file}: ${plural(changes, "change")}`);
  return exitCode(findings, "error");
}
