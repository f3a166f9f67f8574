/** The coverage of router_check_tool: routes that a test asserted something of, among all (a weighted route counts its clusters). */
import { fromWire } from "../base/wire-text.ts";
import type { Route as RouteMessage, RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { CheckedField, CheckResult } from "./router-check.ts";
import { textFormat } from "./text-format.ts";

export interface CheckCoverage {
  /** May exceed 100, and is NaN for a table without routes, as in the tool. */
  readonly percent: number;
  readonly lines: readonly string[];
}

interface Covered {
  readonly fields: Set<CheckedField>;
  readonly of: 5 | 2;
}

/**
 * `comprehensive` counts fields (five of a route, two of a redirect or direct response) and lists what no test touches; else
 * `detailed` lists it. A route whose cluster depends on the request is another route for every test, as in the tool.
 */
export function checkCoverage(table: RouteConfiguration, results: readonly CheckResult[], comprehensive: boolean, detailed: boolean): CheckCoverage {
  const covered = new Map<object, Covered>();
  const messages = new Set<object>();
  for (const { choice, covered: fields } of results) {
    if (choice === null || fields.length === 0) continue;
    const message = choice.route?.message;
    if (message !== undefined) messages.add(message);
    const key = isDynamic(message) ? {} : message ?? choice.host;
    const entry = covered.get(key) ?? { fields: new Set(), of: choice.kind === "forward" ? 5 : 2 };
    covered.set(key, entry);
    for (const field of fields) entry.fields.add(field);
  }
  const whole = [...covered.values()].reduce((sum, { fields, of }) => sum + (comprehensive ? fields.size / of : 1), 0);
  return { percent: (100 * whole) / countRoutes(table), lines: comprehensive || detailed ? missing(table, messages, comprehensive) : [] };
}

function isDynamic(message: RouteMessage | undefined): boolean {
  return message?.route?.weighted_clusters !== undefined || message?.route?.cluster_header !== undefined;
}

function countRoutes(table: RouteConfiguration): number {
  const routes = (table.virtual_hosts ?? []).flatMap((host) => host.routes ?? []);
  return routes.reduce((sum, { route }) => sum + (route?.weighted_clusters === undefined ? 1 : (route.weighted_clusters.clusters ?? []).length), 0);
}

function missing(table: RouteConfiguration, messages: ReadonlySet<object>, comprehensive: boolean): string[] {
  return (table.virtual_hosts ?? []).flatMap((host) => (host.routes ?? []).filter((route) => !messages.has(route)).map((route) => {
    const head = `Missing test for host: ${host.name ?? ""}`;
    // the tool gives every route a UUID of its own, drawn anew in each run; here it is always the same one
    return comprehensive ? `${head}, route: ${textFormat("envoy.config.route.v3.RouteMatch", route.match ?? {})}` : `${head}, route name: ${fromWire(route.name ?? "")}-00000000-0000-4000-8000-000000000000`;
  }));
}

/** A number as C++ streams print it: six significant digits. */
export function streamNumber(value: number): string {
  if (Number.isNaN(value)) return "-nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return "0";
  const exponent = Number(value.toExponential(5).split("e")[1]);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const [digits = "", power = ""] = value.toExponential(5).split("e");
  return `${String(Number(digits))}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}
