import type { AdminAnswer } from "../server/health/ask-admin.ts";
import type { Result, Status, Verdict } from "../server/health/result.ts";
import { plural } from "./plural.ts";

const HEAD = ["CLUSTER", "HOST", "STATUS", "CHECK", "LATENCY", "REASON"] as const;
const STATUS_COLUMN = 2;
const COLOURS: Readonly<Record<Status, number>> = { healthy: 32, degraded: 33, unhealthy: 31, unknown: 33, skipped: 2 };

/** A table of hosts by cluster; empty columns are left out. "" without results. */
export function healthTable(results: readonly Result[], colour: boolean): string {
  const rows = results.map((result) => [result.cluster, hostText(result), result.status, result.check, latency(result.latencyMs), result.reason]);
  if (rows.length === 0) return "";
  const shown = HEAD.map((_, column) => rows.some((row) => row[column] !== ""));
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], status?: Status): string => cells.flatMap((cell, column) => {
    if (shown[column] !== true) return [];
    const text = cell.padEnd(widths[column] ?? 0);
    return [colour && status !== undefined && column === STATUS_COLUMN ? `\u001b[${COLOURS[status]}m${text}\u001b[0m` : text];
  }).join("  ").trimEnd();
  return `${[line(HEAD), ...rows.map((row, i) => line(row, results[i]?.status))].join("\n")}\n`;
}

function hostText({ host, address }: Result): string {
  if (host === "") return address === "" ? "-" : address;
  return address === "" || address === host ? host : `${host} (${address})`;
}

function latency(ms: number | null): string {
  return ms === null ? "" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function healthJson(results: readonly Result[], verdict: Verdict, requirePercent: number): string {
  return json({ mode: "probe", healthy: verdict.healthy, require_percent: requirePercent, hosts: verdict.hosts, healthy_hosts: verdict.healthyHosts, failing_clusters: verdict.failing, results: results.map(resultJson) });
}

export function runningJson(admin: string, answer: AdminAnswer, results: readonly Result[] | null, healthy: boolean): string {
  return json({
    mode: "running", healthy, admin, ready: answer.ready, state: answer.state, latency_ms: rounded(answer.latencyMs),
    results: results?.map(resultJson) ?? null, ...(answer.hostsProblem === "" ? {} : { results_problem: answer.hostsProblem }),
  });
}

function json(facts: object): string {
  return `${JSON.stringify({ format_version: 1, ...facts }, null, 2)}\n`;
}

function resultJson({ cluster, host, address, status, check, latencyMs, reason }: Result): object {
  return { cluster, host, address, status, check, latency_ms: latencyMs === null ? null : rounded(latencyMs), reason };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** One line: `2 of 3 hosts healthy; too few in: service2`. */
export function healthSummary(verdict: Verdict): string {
  const { hosts, healthyHosts, failing } = verdict;
  if (hosts === 0) return "no hosts to check";
  const counted = healthyHosts === hosts ? `${hosts === 1 ? "" : "all "}${plural(hosts, "host")} healthy` : `${healthyHosts} of ${plural(hosts, "host")} healthy`;
  return failing.length === 0 ? counted : `${counted}; too few in: ${failing.join(", ")}`;
}
