/**
 * Measures legate beside Envoy 1.40.0 and nginx, one worker each, and prints the ratios. Called by scripts/bench, which builds
 * legate and finds Envoy. What is compared is CPU time of the proxy's process a request (utime + stime of all its threads), which
 * holds where throughput does not, because load and backend share the machine. Compare figures of one run only.
 *
 * Exit code 1: a goal that decides was missed by more than the slack, or could not be measured. 2: bad usage.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { ENVOY, LEGATE, type Name, NAMES, NGINX, Unable } from "./contenders.ts";
import { GENERATOR } from "./load.ts";
import type { Effort, Figures } from "./measure.ts";
import { endEverything, PINNED } from "./processes.ts";
import { type LaterRow, type Row, ROWS } from "./rows.ts";

/** A run that takes longer is broken: a hang must not hold up whoever waits for it. */
const LIMIT_MINUTES = { quick: 8, whole: 60 };

process.on("exit", endEverything);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const HEADINGS = ["", "Envoy", "nginx", "legate", "ratio", "must", "aim", ""];
const WIDTHS = [-51, 9, 9, 9, 7, 6, 6, 0];

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => ((WIDTHS[i] as number) < 0 ? cell.padEnd(-(WIDTHS[i] as number)) : cell.padStart(WIDTHS[i] as number))).join(" ").trimEnd();
}

function short(value: number | undefined): string {
  if (value === undefined) return "-";
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Prints a row. False: it decides, and does not hold. */
async function show(row: Row | LaterRow, effort: Effort, slack: number): Promise<boolean> {
  if ("lacks" in row) {
    console.log(line([row.name, "", "", "", "", "", "", `  cannot run yet: legate lacks ${row.lacks}`]));
    return true;
  }
  let figures: Figures;
  try {
    figures = await row.measure(effort);
  } catch (error) {
    console.log(line([row.name, "", "", "", "", row.must.toFixed(2), row.aim.toFixed(2), `  ${error instanceof Unable ? "" : "not measured: "}${(error as Error).message}`]));
    return row.decides !== true;
  }
  const ratio = (figures.legate ?? Number.NaN) / (figures.Envoy ?? Number.NaN);
  const holds = ratio <= row.must;
  const verdict = ratio <= row.aim ? "aim reached" : holds ? "" : row.decides === true ? "MISSED" : "above must";
  console.log(line([`${row.name} (${row.unit})`, ...NAMES.map((name: Name) => short(figures[name])), ratio.toFixed(2), row.must.toFixed(2), row.aim.toFixed(2), `  ${verdict}`]));
  return row.decides !== true || ratio <= row.must * slack;
}

function versionOf(command: string, words: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, words, { encoding: "utf8", timeout: 10_000, env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` } });
  return `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n")[0] ?? "";
}

function usage(message: string): never {
  console.error(`bench: ${message}\nusage: scripts/bench [--quick] [--row NAME]... [--bursts N] [--seconds S] [--slack PERCENT]`);
  process.exit(2);
}

function options(): { readonly quick: boolean; readonly rows: readonly (Row | LaterRow)[]; readonly effort: Effort; readonly slack: number } {
  let values: { quick?: boolean | undefined; row?: string[] | undefined; bursts?: string | undefined; seconds?: string | undefined; slack?: string | undefined };
  try {
    ({ values } = parseArgs({ options: { quick: { type: "boolean" }, row: { type: "string", multiple: true }, bursts: { type: "string" }, seconds: { type: "string" }, slack: { type: "string" } } }));
  } catch (error) {
    return usage((error as Error).message);
  }
  const quick = values.quick === true;
  const wanted = values.row;
  const rows = ROWS.filter((row) => (wanted === undefined ? !quick || ("quick" in row && row.quick === true) : wanted.some((name) => row.name.includes(name))));
  if (rows.length === 0) usage(`no row is called so; there are:\n${ROWS.map((row) => `  ${row.name}`).join("\n")}`);
  const effort = { bursts: Number(values.bursts ?? (quick ? 3 : 5)), seconds: Number(values.seconds ?? 2) };
  if (!(effort.bursts >= 1 && effort.seconds >= 1)) usage("--bursts and --seconds take numbers from 1");
  const slack = 1 + Number(values.slack ?? 0) / 100;
  if (!(slack >= 1)) usage("--slack takes a percentage");
  return { quick, rows, effort, slack };
}

async function main(): Promise<void> {
  const { quick, rows, effort, slack } = options();
  const minutes = quick ? LIMIT_MINUTES.quick : LIMIT_MINUTES.whole;
  setTimeout(() => {
    console.error(`bench: not through after ${minutes} minutes: given up`);
    process.exit(1);
  }, minutes * 60_000).unref();
  console.log(`legate   ${versionOf(LEGATE, ["--version"])}`);
  console.log(`Envoy    ${versionOf(ENVOY, ["--version"])}`);
  console.log(`nginx    ${NGINX ? versionOf("nginx", ["-v"]) : "not installed: left out, and a backend of our own stands in for it"}`);
  console.log(`load     ${GENERATOR}; a browser's headers`);
  console.log(`machine  ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}; ${PINNED ? "proxy on core 0, load and backend on core 1" : "not pinned: taskset or a second core is missing"}`);
  console.log(`bursts   best of ${effort.bursts}, ${effort.seconds} s each\n`);
  console.log(line(HEADINGS));
  let good = true;
  for (const row of rows) good = (await show(row, effort, slack)) && good;
  if (!good) console.log("\nA goal that decides was missed.");
  process.exit(good ? 0 : 1);
}

await main();
