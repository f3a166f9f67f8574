/**
 * Writes README's section on coverage from the registry: what `serve` does of Envoy's configuration. `--check` only compares.
 *
 *   bun scripts/coverage.ts [--check]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Registry } from "../src/contract/extension.ts";
import { ALL_EXTENSIONS } from "../src/extensions/all.ts";
import { coverageOf } from "../src/resources/honours.ts";
import { EXTENSIONS } from "../src/schema/generated/extensions.ts";
import { fieldsOf } from "../src/schema/table.ts";

const README = resolve(import.meta.dirname, "..", "README.md");
const BEGIN = "<!-- coverage: made by scripts/coverage.ts; do not edit -->";
const END = "<!-- end of coverage -->";

/** Messages that most configurations use, by the name people know. */
const MESSAGES: readonly (readonly [string, string])[] = [
  ["Bootstrap", "envoy.config.bootstrap.v3.Bootstrap"],
  ["Listener", "envoy.config.listener.v3.Listener"],
  ["FilterChain", "envoy.config.listener.v3.FilterChain"],
  ["HttpConnectionManager", "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"],
  ["HttpProtocolOptions", "envoy.config.core.v3.HttpProtocolOptions"],
  ["Http1ProtocolOptions", "envoy.config.core.v3.Http1ProtocolOptions"],
  ["RouteConfiguration", "envoy.config.route.v3.RouteConfiguration"],
  ["VirtualHost", "envoy.config.route.v3.VirtualHost"],
  ["Route", "envoy.config.route.v3.Route"],
  ["RouteMatch", "envoy.config.route.v3.RouteMatch"],
  ["RouteAction", "envoy.config.route.v3.RouteAction"],
  ["RedirectAction", "envoy.config.route.v3.RedirectAction"],
  ["DirectResponseAction", "envoy.config.route.v3.DirectResponseAction"],
  ["WeightedCluster", "envoy.config.route.v3.WeightedCluster"],
  ["Cluster", "envoy.config.cluster.v3.Cluster"],
  ["LbEndpoint", "envoy.config.endpoint.v3.LbEndpoint"],
];

const CATEGORIES = ["envoy.filters.http", "envoy.filters.network", "envoy.filters.listener", "envoy.access_loggers", "envoy.transport_sockets.downstream", "envoy.transport_sockets.upstream"];

const coverage = coverageOf(new Registry(ALL_EXTENSIONS));

/** `` `field` `` for each, those limited to values with them. */
function split(type: string): { done: string[]; partly: string[]; not: string[] } {
  const honoured = coverage.of(type) ?? new Map<string, ReadonlySet<string> | null>();
  const found = { done: [] as string[], partly: [] as string[], not: [] as string[] };
  for (const { name } of fieldsOf(type) ?? []) {
    const values = honoured.get(name);
    if (values === undefined) found.not.push(`\`${name}\``);
    else if (values === null) found.done.push(`\`${name}\``);
    else found.partly.push(`\`${name}\` (${[...values].join(", ")})`);
  }
  return found;
}

function messages(): string {
  const rows = MESSAGES.map(([name, type]) => {
    const { done, partly, not } = split(type);
    return `| \`${name}\` | ${done.length} | ${partly.length === 0 ? "-" : partly.join(", ")} | ${not.length === 0 ? "-" : not.join(", ")} |`;
  });
  return ["| Message | Fields done | Partly: only these values | Not yet |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function extensions(): string {
  const rows = CATEGORIES.map((category) => {
    const ours = new Set(ALL_EXTENSIONS.filter((extension) => extension.category === category).map((extension) => extension.config));
    const all = [...new Set(EXTENSIONS.filter((row) => row[0] === category && row.length > 2).map((row) => row[1]))];
    const types = new Map(EXTENSIONS.filter((row) => row[0] === category).map((row) => [row[1], row.slice(2)]));
    const has = (name: string): boolean => (types.get(name) ?? []).some((type) => ours.has(type));
    const short = (name: string): string => `\`${name.slice(name.lastIndexOf(".") + 1)}\``;
    return `| \`${category}\` | ${all.filter(has).map(short).join(", ") || "-"} | ${all.filter((name) => !has(name)).map(short).join(", ") || "-"} |`;
  });
  return ["| Category | Runs | Known and checked, does not run yet |", "| --- | --- | --- |", ...rows].join("\n");
}

export function section(): string {
  return [
    BEGIN,
    "`validate` knows every message of the v3 API. `serve` runs the following; what it does not do is an error with its place when it starts",
    "(`--allow-unsupported`: a warning), never ignored.",
    "", "<details><summary>Messages</summary>", "", messages(), "", "</details>",
    "<details><summary>Extensions</summary>", "", extensions(), "", "</details>",
    END,
  ].join("\n");
}

/** README with its section replaced. */
export function withSection(readme: string): string {
  const [start, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (start < 0 || end < 0) throw new Error("README.md has no place for the coverage");
  return readme.slice(0, start) + section() + readme.slice(end + END.length);
}

if (import.meta.main) {
  const readme = readFileSync(README, "utf8");
  const fresh = withSection(readme);
  if (process.argv.includes("--check")) {
    if (fresh !== readme) {
      console.error(`${join("README.md")}: the coverage is out of date; run bun scripts/coverage.ts`);
      process.exit(1);
    }
  } else {
    writeFileSync(README, fresh);
  }
}
