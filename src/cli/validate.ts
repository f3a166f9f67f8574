import type { ResolvedFinding, Severity } from "../diagnostics/finding.ts";
import type { Validated, ValidateOptions } from "../tools/validate.ts";
import type { Args } from "./args.ts";
import { type Command, UsageError } from "./command.ts";
import { fileProblem } from "./file-problem.ts";
import { expandInputs, type InputName } from "./glob.ts";
import { type Input, readInput } from "./input.ts";
import { plural } from "./plural.ts";
import { deliver, renderFindings, REPORT_FLAGS } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** Checks configurations and prints what is wrong with them. */
export const validate: Command = {
  name: "validate",
  summary: "Check configurations: every error at once, each with its place and a suggestion",
  about: "PATH is a bootstrap, a single resource (RouteConfiguration, Listener, Cluster, ClusterLoadAssignment, Secret, Runtime), a DiscoveryResponse or a config_dump, in YAML, JSON or protobuf (.pb, .pb_text), or a Kubernetes ConfigMap that holds one; its kind is recognised, and older APIs are upgraded as they are read. Folders and patterns are expanded, - is standard input. Nothing else is opened unless --check-files or --follow says so.\nA comment `# legate-disable-next-line LGT0123` silences a code on the next line.",
  positionals: { usage: "PATH...", min: 1, max: Infinity, completes: "file" },
  flags: [
    ...REPORT_FLAGS,
    { name: "type", value: "TYPE", help: "Do not guess the kind: bootstrap, route, listener, cluster, endpoints, secret, runtime, discovery_response, config_dump, or a message's full name." },
    { name: "disable", value: "CODE", repeat: true, check: code, help: "Do not report this code." },
    { name: "check-files", help: "Look whether the files that the configuration names (certificates, inline files, watched files) can be read." },
    { name: "follow", help: "Validate the files named by path_config_source as well." },
    { name: "watch", help: "Check again whenever one of the files is saved, until Ctrl-C; a terminal's screen shows the last result." },
    { name: "as-static", help: "Check a config_dump as the static bootstrap that runs the same, with what was discovered written into it (migrate --as-static prints it)." },
    { name: "for", value: "PROGRAM", choices: ["envoy", "legate"], fallback: "envoy", help: "legate: what Envoy knows and legate does not do is an error, as it is for serve." },
    { name: "allow-unknown-fields", help: "Unknown fields are warnings." },
  ],
  examples: [
    { line: "validate envoy.yaml", says: "one bootstrap" },
    { line: "validate configs/ 'routes/**/*.yaml'", says: "a folder and a pattern" },
    { line: "validate --format github --fail-on warning envoy.yaml", says: "annotations in a GitHub workflow" },
    { line: "validate --follow --check-files bootstrap.yaml", says: "with all it names" },
    { line: "validate --watch envoy.yaml", says: "again whenever it is saved" },
    { line: "validate - < envoy.yaml", says: "standard input" },
  ],
  run,
};

function code(value: string): string | undefined {
  return /^LGT\d{4}$/.test(value) ? undefined : `"${value}" is not a code such as LGT0201`;
}

async function run(args: Args, terminal: Terminal): Promise<number> {
  if (!args.has("watch")) return (await check(args, terminal)).code;
  if (args.positionals.includes("-")) throw new UsageError("--watch needs files to watch, and standard input is none");
  const { watchFiles } = await import("./watch-files.ts");
  const { code } = await watchFiles(() => check(args, terminal), ({ files }) => files);
  terminal.progress("");
  return code;
}

interface Checked {
  readonly code: number;
  /** What was read, also where it could not be. */
  readonly files: readonly string[];
}

async function check(args: Args, terminal: Terminal): Promise<Checked> {
  const options = await optionsOf(args);
  const results = await validateAll(expandInputs(args.positionals), options, args.has("follow"), terminal);
  const findings = results.flatMap((result) => result.findings);
  const files = results.filter((result) => result.document !== undefined || result.findings.length > 0).map((result) => result.name);
  const report = await renderFindings(findings, files, args, terminal);
  if (args.has("watch")) terminal.clear();
  deliver(report, args, terminal);
  summarise(files.length, findings, terminal);
  if (args.has("watch")) terminal.progress(`watching ${plural(results.length, "file")}, checks again when one is saved; Ctrl-C ends`);
  return { code: exitCode(findings, (args.text("fail-on") ?? "error") as Severity), files: results.map((result) => result.name) };
}

async function optionsOf(args: Args): Promise<ValidateOptions> {
  const [{ typeNamed }, { compileCheck }, { ALL_EXTENSIONS }] = await Promise.all([import("../resources/kind.ts"), import("../tools/check.ts"), import("../extensions/all.ts")]);
  const word = args.text("type");
  const type = word === undefined ? undefined : typeNamed(word);
  if (word !== undefined && type === undefined) throw new UsageError(`--type: there is no kind or message "${word}"`);
  return {
    ...(type === undefined ? {} : { type }),
    ...(args.has("allow-unknown-fields") ? { unknownFields: "warning" } : {}),
    ...(args.has("check-files") ? { fileProblem } : {}),
    ...(args.has("follow") ? { read: readInput } : {}),
    check: compileCheck(ALL_EXTENSIONS),
    disabled: new Set(args.all("disable")),
    asStatic: args.has("as-static"),
    forLegate: args.text("for") === "legate",
  };
}

/** Validates each input and, if asked to, the files of configuration that they name, each once. */
async function validateAll(inputs: readonly InputName[], options: ValidateOptions, follow: boolean, terminal: Terminal): Promise<Validated[]> {
  const { validate: validateOne } = await import("../tools/validate.ts");
  const results: Validated[] = [];
  const queue = [...inputs];
  const seen = new Set(inputs.map((input) => input.name));
  for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
    if (terminal.level === 2) terminal.say(`reading ${input.name}`);
    const text = readInput(input.name);
    const progress = longWork(input.name, text, results.length, queue.length, terminal);
    const result = validateOne(text, { ...options, optional: input.found, ...(progress === undefined ? {} : { progress }) });
    terminal.progress("");
    if (result.document === undefined && result.findings.length === 0) terminal.say(`skipped ${input.name}: no kind of Envoy configuration`);
    results.push(result);
    for (const name of follow ? result.follows : []) {
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push({ name, found: false });
    }
  }
  return results;
}

/** Smaller files are done before anybody could read what is done with them. */
const LONG_BYTES = 1 << 20;
const MANY_FILES = 20;

/** Says on a terminal what is being done, where it may take long. */
function longWork(name: string, input: Input, done: number, left: number, terminal: Terminal): ((step: string) => void) | undefined {
  const bytes = "bytes" in input ? input.bytes.length : 0;
  if (bytes < LONG_BYTES && done + left < MANY_FILES) return undefined;
  const place = left + done === 0 ? "" : `${done + 1} of ${done + left + 1}: `;
  return (step) => terminal.progress(`${place}${name} (${(bytes / 1e6).toFixed(1)} MB): ${step}`);
}

function summarise(files: number, findings: readonly ResolvedFinding[], terminal: Terminal): void {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const counts = [plural(count("error"), "error"), plural(count("warning"), "warning"), plural(count("note"), "note")];
  const checked = `${plural(files, "file")} checked`;
  if (findings.length === 0) terminal.say(terminal.paint(32, `${checked}, nothing wrong`));
  else terminal.say(`${checked}: ${counts.filter((text) => !text.startsWith("0")).join(", ")}`);
}

const RANK: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 };

/** 2 where something could not be read or parsed, 1 where something is wrong with it, else 0. */
export function exitCode(findings: readonly ResolvedFinding[], failOn: Severity): number {
  if (findings.some((f) => f.severity === "error" && /^LGT0[01]/.test(f.code))) return 2;
  return findings.some((f) => RANK[f.severity] >= RANK[failOn]) ? 1 : 0;
}
