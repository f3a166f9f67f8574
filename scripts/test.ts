/**
 * Runs every check and every test, one after the other, and does not stop at the first that fails. Called by scripts/test.
 *
 *   --quick   only what needs neither the binary nor Envoy
 *   --ci      all that must hold: fails where Envoy or Deno could not be had (a test skipped aloud is not enough), and where
 *             running it changed the checkout; checks generated files and the speed that is promised
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");
const BUN = process.execPath;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The parts of vitest's JSON report that are read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const failures: string[] = [];
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

function step(title: string, command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const started = process.hrtime.bigint();
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(command, words, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`== ${title}: ${status === 0 ? "passed" : `FAILED (${error?.message ?? `exit ${status}`})`} in ${seconds.toFixed(1)} s`);
  if (status !== 0) failures.push(title);
  return status === 0;
}

/** Runs one project of vitest.config.ts and adds up what its report says. A run without a report is a failure of its own. */
function suite(project: string, env: Readonly<Record<string, string>> = {}): Counts {
  const folder = mkdtempSync(join(tmpdir(), "legate-test-"));
  const file = join(folder, "report.json");
  step(`tests: ${project}`, BUN, ["--bun", "vitest", "run", "--project", project, "--reporter=default", "--reporter=./test/support/skips-reporter.ts", "--reporter=json", `--outputFile.json=${file}`], env);
  const counts = existsSync(file) ? countsOf(JSON.parse(readFileSync(file, "utf8")) as Report) : { passed: 0, failed: 1, skipped: 0 };
  rmSync(folder, { recursive: true });
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  return counts;
}

/** A file that fails before its first test (it cannot be loaded) counts as one failed test. */
function countsOf(report: Report): Counts {
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped: report.numPendingTests + report.numTodoTests };
}

/** The comparison with Envoy must have run whole, where that is asked for. */
function differential(required: boolean): void {
  const counts = suite("differential");
  if (required && (counts.passed === 0 || counts.skipped > 0)) {
    failures.push(`the comparison with Envoy did not run whole (${counts.passed} passed, ${counts.skipped} skipped)`);
  }
}

/** Path of Deno, undefined where it cannot be had. */
function deno(): string | undefined {
  const found = spawnSync("sh", ["scripts/deno"], { cwd: ROOT, encoding: "utf8" });
  if (found.status === 0) return found.stdout.trim();
  console.log(found.stderr);
  return undefined;
}

function denoEnv(required: boolean): Record<string, string> {
  const path = deno();
  if (path === undefined && required) failures.push("Deno could not be had");
  return path === undefined ? {} : { LEGATE_DENO: path };
}

/** h2spec, where Go is there to build it. */
function h2specEnv(): Record<string, string> {
  if (spawnSync("go", ["version"]).status !== 0) return {};
  const found = spawnSync("sh", ["scripts/h2spec"], { cwd: ROOT, encoding: "utf8" });
  if (found.status === 0) return { LEGATE_H2SPEC: found.stdout.trim() };
  console.log(`h2spec could not be built, its test says that it is skipped: ${found.stderr.trim()}`);
  return {};
}

/** gRPC's own client and server, where Go is there to build them. */
function grpcPeerEnv(): Record<string, string> {
  if (spawnSync("go", ["version"]).status !== 0) return {};
  const found = spawnSync("sh", ["scripts/grpc-peer"], { cwd: ROOT, encoding: "utf8" });
  if (found.status === 0) return { LEGATE_GRPC_PEER: found.stdout.trim() };
  console.log(`gRPC's peers could not be built, their test says that it is skipped: ${found.stderr.trim()}`);
  return {};
}

/** Envoy for the tests of units that look into its binary; they say so where it is missing. */
function envoyEnv(): Record<string, string> {
  const found = spawnSync("sh", ["scripts/envoy"], { cwd: ROOT, encoding: "utf8" });
  return found.status === 0 ? { LEGATE_ENVOY: found.stdout.trim() } : {};
}

/** Programs that read SARIF and JUnit, where they can be had. */
function consumersEnv(): Record<string, string> {
  const found = spawnSync("sh", ["scripts/consumers"], { cwd: ROOT, encoding: "utf8" });
  if (found.status === 0) return { LEGATE_CONSUMERS: found.stdout.trim() };
  failures.push(`consumers of SARIF and JUnit could not be had: ${found.stderr.trim()}`);
  return {};
}

/** Generated files are what their generators make. The API's generator needs Go. */
function generated(): void {
  step("generated: starters", BUN, ["scripts/starters.ts", "--check"]);
  step("generated: coverage in README", BUN, ["scripts/coverage.ts", "--check"]);
  if (spawnSync("go", ["version"]).status === 0) step("generated: the API's tables and types", "sh", ["scripts/schema/check"]);
  else console.log("\n== generated: the API's tables and types: SKIPPED, Go is not installed");
}

function unchanged(): void {
  const { stdout } = spawnSync("git", ["status", "--porcelain"], { cwd: ROOT, encoding: "utf8" });
  if (stdout.trim() !== "") failures.push(`the checkout changed while it was tested:\n${stdout}`);
}

function main(): void {
  const { values } = parseArgs({ options: { quick: { type: "boolean" }, ci: { type: "boolean" } } });
  const ci = values.ci === true;
  const tool = (name: string): string => join(ROOT, "node_modules", ".bin", name);
  step("types", tool("tsc"), ["--noEmit"]);
  step("lint", tool("oxlint"), ["--deny-warnings", "src", "bin", "test", "scripts"]);
  step("floors", BUN, ["scripts/floors.ts"]);
  if (ci) generated();
  suite("unit", ci ? { ...consumersEnv(), ...envoyEnv() } : {});
  if (values.quick !== true) {
    const built = step("build", BUN, ["scripts/build.ts"]) && step("build for Node", BUN, ["scripts/build.ts", "--node"]);
    if (built) suite("e2e", { ...denoEnv(ci), ...(ci ? { ...h2specEnv(), ...grpcPeerEnv() } : {}) });
    if (built) differential(ci);
    else failures.push("the binary was not built, so its tests did not run");
    if (built && ci && existsSync(join(ROOT, "scripts", "bench"))) step("speed", "sh", ["scripts/bench", "--quick", "--slack", "30"]);
  }
  if (ci) unchanged();
  if (failures.length > 0) console.log(`\nfailed: ${failures.join("; ")}`);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exit(failures.length === 0 && total.failed === 0 ? 0 : 1);
}

main();
