import type { Diffed } from "../tools/diff.ts";
import type { Args } from "./args.ts";
import { type Command, UsageError } from "./command.ts";
import { readInput } from "./input.ts";
import { plural } from "./plural.ts";
import { deliver, renderFindings } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { exitCode } from "./validate.ts";

/** Compares two configurations by meaning. */
export const diff: Command = {
  name: "diff",
  summary: "Compare two configurations by meaning, not by text",
  about: "Named things (listeners, clusters, virtual hosts, secrets, filter chains) are compared by name, lists whose order matters (routes, filters) by order, and an explicit default is the same as an absent field. OLD and NEW are files in YAML or JSON, - (standard input), config_dump documents, or git:REVISION:PATH. Exit code 0: the same, 1: different.",
  positionals: { usage: "OLD NEW", min: 2, max: 2, completes: "file" },
  flags: [
    { name: "format", short: "f", value: "FORMAT", choices: ["pretty", "json"], fallback: "pretty", help: "How changes are printed." },
    { name: "output-file", short: "o", value: "FILE", completes: "file", help: "Write the changes to FILE instead of standard output." },
    { name: "as-static", help: "A config_dump counts as the static bootstrap that runs the same, with what was discovered written into it." },
    { name: "type", value: "TYPE", help: "Do not guess the kind of the two; see validate --help." },
  ],
  examples: [
    { line: "diff old.yaml new.yaml", says: "two files" },
    { line: "diff git:HEAD:envoy.yaml envoy.yaml", says: "what was changed since the last commit" },
    { line: "diff config_dump.json envoy.yaml", says: "what runs against what is written" },
    { line: "diff --as-static config_dump.json envoy.yaml", says: "the same, where it was discovered and is now written in one file" },
  ],
  run,
};

async function run(args: Args, terminal: Terminal): Promise<number> {
  const [from = "", to = ""] = args.positionals;
  if (from === "-" && to === "-") throw new UsageError("only one of the two can be standard input");
  const type = await typeOf(args);
  const { diff: compare } = await import("../tools/diff.ts");
  const result = compare(readInput(from), readInput(to), { asStatic: args.has("as-static"), ...(type === undefined ? {} : { type }) });
  const unread = exitCode(result.findings, "error") === 2 || !result.compared;
  if (unread) return refuse(result, args, terminal);
  await warn(result, args, terminal);
  const { renderChanges, renderChangesJson } = await import("../tools/render-changes.ts");
  const color = terminal.colorOut && !args.has("output-file");
  deliver(args.text("format") === "json" ? renderChangesJson(result.changes) : renderChanges(result.changes, color), args, terminal);
  terminal.say(result.changes.length === 0 ? `${from} and ${to} mean the same` : plural(result.changes.length, "difference"));
  return result.changes.length === 0 ? 0 : 1;
}

async function typeOf(args: Args): Promise<string | undefined> {
  const word = args.text("type");
  if (word === undefined) return undefined;
  const { typeNamed } = await import("../resources/kind.ts");
  const type = typeNamed(word);
  if (type === undefined) throw new UsageError(`--type: there is no kind or message "${word}"`);
  return type;
}

/** What is wrong with the two goes to standard error: the changes alone are the result. */
async function warn({ findings }: Diffed, args: Args, terminal: Terminal): Promise<void> {
  const errors = findings.filter((finding) => finding.severity === "error");
  terminal.err(await renderFindings(errors, [], args, terminal, "compact"));
}

async function refuse(result: Diffed, args: Args, terminal: Terminal): Promise<number> {
  await warn(result, args, terminal);
  terminal.say("nothing was compared: an input cannot be read");
  return 2;
}
