/**
 * Builds legate and proves that what was built runs. Called by scripts/build, which fetches what is needed.
 *
 *   scripts/build                     dist/legate, for this machine
 *   scripts/build --target TARGET     dist/legate-TARGET
 *   scripts/build --all               every target, dist/legate.mjs and dist/SHA256SUMS
 *   scripts/build --node              dist/legate.mjs, for Node 20 and newer
 *   --outfile FILE                    another place for a single build
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import facts from "../package.json" with { type: "json" };

const ROOT = resolve(import.meta.dirname, "..");
const ENTRY = join(ROOT, "bin", "legate.ts");

const TARGETS = ["linux-x64", "linux-x64-baseline", "linux-arm64", "linux-x64-musl", "linux-arm64-musl", "darwin-arm64", "darwin-x64", "windows-x64"] as const;

class BuildError extends Error {}

function commit(): string {
  const git = (...words: string[]): string => spawnSync("git", ["-C", ROOT, ...words], { encoding: "utf8" }).stdout?.trim() ?? "";
  const hash = git("rev-parse", "--short=12", "HEAD");
  if (hash === "") return "unknown";
  return git("status", "--porcelain", "--untracked-files=no") === "" ? hash : `${hash}+changes`;
}

function run(command: string, words: readonly string[]): { code: number; output: string } {
  const done = spawnSync(command, words, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });
  return { code: done.status ?? 1, output: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}` };
}

function bundle(words: readonly string[], target: string, outfile: string): void {
  mkdirSync(dirname(outfile), { recursive: true });
  rmSync(outfile, { force: true });
  const defines = ["--define", `LEGATE_COMMIT=${JSON.stringify(commit())}`, "--define", `LEGATE_TARGET=${JSON.stringify(target)}`];
  const { code, output } = run(process.execPath, ["build", ENTRY, ...words, ...defines, `--outfile=${outfile}`]);
  if (code !== 0 || !existsSync(outfile)) throw new BuildError(`bun build failed for ${target}:\n${output}`);
}

/**
 * The format must be ESM: otherwise the byte code of packages that use import.meta is broken, silently. The autoload flags keep
 * the binary from reading .env and bunfig.toml (whose `preload` would run) of the folder it is started in.
 */
function compile(target: string, outfile: string): void {
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  bundle([...flags, `--target=bun-${target}`], target, outfile);
}

/** Runs the built program: a broken build prints nothing and may even exit 0, so the words it must say are compared. */
function smoke(command: readonly string[], target: string): void {
  const [program, ...before] = command as [string, ...string[]];
  const expected = `legate ${facts.version} (commit ${commit()}, Envoy API `;
  const version = run(program, [...before, "--version"]);
  if (version.code !== 0 || !version.output.startsWith(expected)) throw new BuildError(`${target}: --version does not say "${expected}..." but (exit ${version.code}):\n${version.output}`);
  const file = join(ROOT, "configs", "front-proxy.yaml");
  const validate = run(program, [...before, "validate", file]);
  if (validate.code !== 0) throw new BuildError(`${target}: validate ${file} exits ${validate.code}:\n${validate.output}`);
  console.log(`  runs: ${version.output.trim()}`);
}

/** The target that this machine runs, without asking whether it has AVX2 or musl: bun's own build says so. */
function native(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const musl = process.platform === "linux" && existsSync(`/lib/ld-musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`) && !existsSync("/lib64/ld-linux-x86-64.so.2") ? "-musl" : "";
  return `${os}-${process.arch}${musl}`;
}

function runsHere(target: string): boolean {
  return target === native() || target === `${native()}-baseline`;
}

function report(outfile: string): void {
  console.log(`built ${outfile} (${(statSync(outfile).size / 1e6).toFixed(1)} MB)`);
}

function buildTarget(target: string, outfile: string): boolean {
  compile(target, outfile);
  report(outfile);
  if (runsHere(target)) smoke([outfile], target);
  return runsHere(target);
}

function buildNode(outfile: string): void {
  bundle(["--target=node", "--minify-syntax", "--format=esm"], "node", outfile);
  const text = readFileSync(outfile, "utf8").replace(/^#![^\n]*\n/, "");
  writeFileSync(outfile, `#!/usr/bin/env node\n${text}`);
  chmodSync(outfile, 0o755);
  report(outfile);
  smoke(["node", outfile], "node");
}

function buildAll(folder: string): void {
  const outfile = (target: string): string => join(folder, `legate-${target}${target.startsWith("windows") ? ".exe" : ""}`);
  const unverified = TARGETS.filter((target) => !buildTarget(target, outfile(target)));
  const node = join(folder, "legate.mjs");
  buildNode(node);
  const sums = [...TARGETS.map(outfile), node].map((file) => `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${basename(file)}\n`);
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
  console.log(`wrote ${join(folder, "SHA256SUMS")}`);
  if (unverified.length > 0) console.log(`not verified, since this machine (${native()}) cannot run them: ${unverified.join(", ")}`);
}

function main(): void {
  const { values } = parseArgs({ options: { target: { type: "string" }, all: { type: "boolean" }, node: { type: "boolean" }, outfile: { type: "string" } } });
  if ([values.target !== undefined, values.all, values.node].filter(Boolean).length > 1) throw new BuildError("--target, --all and --node exclude each other");
  if (values.target !== undefined && !TARGETS.includes(values.target as (typeof TARGETS)[number])) throw new BuildError(`unknown target ${values.target}; known: ${TARGETS.join(", ")}`);
  const dist = join(ROOT, "dist");
  const outfile = values.outfile === undefined ? undefined : resolve(values.outfile);
  if (values.all) buildAll(outfile ?? dist);
  else if (values.node) buildNode(outfile ?? join(dist, "legate.mjs"));
  else if (values.target === undefined) buildTarget(native(), outfile ?? join(dist, process.platform === "win32" ? "legate.exe" : "legate"));
  else if (!buildTarget(values.target, outfile ?? join(dist, `legate-${values.target}`))) console.log("not verified: this machine cannot run it");
}

try {
  main();
} catch (error) {
  console.error(`build: ${(error as Error).message}`);
  process.exit(1);
}
