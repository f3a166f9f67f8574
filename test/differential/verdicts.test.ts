/**
 * Damaged configurations: legate and `envoy --mode validate` agree on what is valid. LEGATE_MUTANTS sets how many (300), LEGATE_SEED which.
 * Disagreements are listed; of legate's stricter verdicts none is without a reason.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate } from "../../src/tools/validate.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { findEnvoy } from "../support/envoy-json.ts";
import { type Json, lendersOf, type Mutant, mutate } from "../support/mutations.ts";
import { newDice } from "../support/random.ts";

const envoy = findEnvoy();
const root = conformanceFolder();
const COUNT = Number(process.env["LEGATE_MUTANTS"] ?? 300);
/** A short run has few verdicts to miss. */
const LEAST = COUNT >= 1000 ? 0.99 : 0.97;

/** Why verdicts differ: by what Envoy says where legate finds nothing. */
const EXPLAINED: readonly (readonly [RegExp, string])[] = [
  [/node 'id' and 'cluster' are required/, "on purpose: --service-node and --service-cluster may give them, so legate warns"],
  [/AWS region is not set/, "Envoy looks at the machine for its AWS region"],
  [/script load error/, "legate does not read Lua"],
  [/^(?!.*route: unknown cluster).*Didn't find a registered implementation/, "legate does not know of every field which kind of extension belongs there"],
  [/route: unknown cluster/, "route tables inline in scoped routes are not held against the clusters"],
  [/DNS cache .* with different settings/, "DNS caches of one name are not compared with each other"],
];

function explanation(theirs: string, ours: string): string {
  if (ours !== "") return "NONE: legate is stricter";
  return EXPLAINED.find(([said]) => said.test(theirs))?.[1] ?? "NONE";
}

const check = compileCheck(ALL_EXTENSIONS);

/** legate's first error, "" if the file is valid. */
function legateError(text: string): string {
  const { findings } = validate({ name: "mutant.yaml", bytes: new TextEncoder().encode(text) }, { check });
  const first = findings.find((f) => f.severity === "error");
  return first === undefined ? "" : `${first.code} ${first.path ?? ""}: ${first.message}`;
}

/** Envoy's error, "" if the file is valid. */
function envoyError(program: string, folder: string, name: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, ["--mode", "validate", "-c", name, "-l", "critical"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("close", (code, signal) => {
      const said = /error initializing configuration '[^']*': ([^]*)/.exec(text)?.[1] ?? text;
      resolve(code === 0 ? "" : (signal === null ? "" : `crashed: `) + (said.replace(/\s+/g, " ").slice(0, 300) || `exit ${code}`));
    });
  });
}

/** Files and folders are Envoy's alone to look for, and it opens log files while it validates. */
const MACHINE = /does not exist|unable to open file|Invalid path|No such file|not a directory|Environment variable|Failed to load|cannot be opened|crashed/;

const EXAMPLES = join(import.meta.dirname, "../../configs");

/** Valid bootstraps that need nothing of the machine: Envoy's own where they are at hand, else our examples. */
function corpus(folder: string | undefined): { name: string; tree: Json }[] {
  if (folder === undefined) {
    return readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml")).map((name) => ({ name, tree: parse(readFileSync(join(EXAMPLES, name), "utf8")) as Json }));
  }
  const rows = readFileSync(join(folder, "configs.tsv"), "utf8").trim().split("\n").slice(1).map((line) => line.split("\t"));
  return rows.filter(([, kind, verdict, , needs]) => kind === "bootstrap" && verdict?.startsWith("accept") === true && needs === "").flatMap(([name = ""]) => {
    const tree = parse(readFileSync(join(folder, "configs", name), "utf8"), { schema: "yaml-1.1", merge: false }) as Json;
    return typeof tree === "object" && tree !== null ? [{ name, tree }] : [];
  });
}

it.skipIf(envoy === undefined)("a damaged configuration is as valid for legate as for Envoy", async () => {
  const dice = newDice();
  const folder = mkdtempSync(join(tmpdir(), "verdicts-"));
  const files = corpus(root);
  const lenders = lendersOf(files.map(({ tree }) => tree));
  const disagreements: string[] = [];
  let [same, all, machine] = [0, 0, 0];
  const one = async (i: number, base: string, { tree, what }: Mutant): Promise<void> => {
    const text = JSON.stringify(tree);
    const name = `${i}.yaml`;
    writeFileSync(join(folder, name), text);
    const [theirs, ours] = [await envoyError(envoy ?? "", folder, name), legateError(text)];
    rmSync(join(folder, name));
    all++;
    if ((theirs === "") === (ours === "")) same++;
    else if (ours === "" && MACHINE.test(theirs)) machine++;
    else disagreements.push(`${base}: ${what}\n    Envoy: ${theirs || "valid"}\n    legate: ${ours || "valid"}\n    why: ${explanation(theirs, ours)}`);
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < COUNT) {
      const i = next++;
      const { name, tree } = dice.pick(files);
      await one(i, name, mutate(tree, dice, lenders));
    }
  };
  await Promise.all([lane(), lane()]);
  rmSync(folder, { recursive: true, force: true });
  const agreed = same / (all - machine);
  console.log(`seed ${dice.seed}: ${same} of ${all} verdicts are the same, ${machine} hang on the machine; ${(100 * agreed).toFixed(1)} %\n  ${disagreements.join("\n  ")}`);
  expect(agreed).toBeGreaterThanOrEqual(LEAST);
}, 900_000);
