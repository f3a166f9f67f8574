import type { Args } from "./args.ts";
import { UsageError } from "./command.ts";

/** What the command line asks of the server. What is absent was not given; the server applies the defaults. */
export interface ServeOptions {
  /** Path of the bootstrap; `-` is standard input. */
  readonly configPath: string | undefined;
  /** A bootstrap in YAML, merged over the file. */
  readonly configYaml: string | undefined;
  readonly mode: "serve" | "validate" | "init_only";
  readonly watch: boolean;
  readonly allowUnsupported: boolean;
  /** Worker threads; absent: the cores the process may use. */
  readonly concurrency: number | undefined;
  readonly logLevel: string;
  /** Component -> level. */
  readonly componentLogLevels: ReadonlyMap<string, string>;
  readonly logFormat: string | undefined;
  readonly logFormatEscaped: boolean;
  readonly logPath: string | undefined;
  readonly adminAddressPath: string | undefined;
  readonly serviceNode: string | undefined;
  readonly serviceCluster: string | undefined;
  readonly serviceZone: string | undefined;
  readonly drainTimeMs: number;
  readonly drainStrategy: "gradual" | "immediate";
  readonly unknownStaticFields: "error" | "warning";
  readonly unknownDynamicFields: "error" | "warning" | "ignore";
  readonly skipDeprecatedLogs: boolean;
  /** Name -> value. */
  readonly statsTags: ReadonlyMap<string, string>;
  readonly fileFlushIntervalMs: number;
  readonly fileFlushMinBytes: number;
}

/** Reads the flags of `serve`. Combinations that make no sense are a `UsageError`. */
export function serveOptions(args: Args): ServeOptions {
  if (!args.has("config-path") && !args.has("config-yaml")) throw new UsageError("which configuration? Give -c FILE or --config-yaml YAML");
  if (args.has("watch") && (args.text("config-path") ?? "-") === "-") throw new UsageError("--watch needs a file to watch: give -c FILE");
  return {
    configPath: args.text("config-path"),
    configYaml: args.text("config-yaml"),
    mode: (args.text("mode") ?? "serve") as ServeOptions["mode"],
    watch: args.has("watch"),
    allowUnsupported: args.has("allow-unsupported"),
    concurrency: args.has("concurrency") ? Math.max(1, args.count("concurrency") ?? 1) : undefined,
    ...logOptions(args),
    adminAddressPath: args.text("admin-address-path"),
    serviceNode: args.text("service-node"),
    serviceCluster: args.text("service-cluster"),
    serviceZone: args.text("service-zone"),
    drainTimeMs: (args.count("drain-time-s") ?? 600) * 1000,
    drainStrategy: (args.text("drain-strategy") ?? "gradual") as ServeOptions["drainStrategy"],
    ...fieldOptions(args),
    statsTags: statsTags(args.all("stats-tag")),
    fileFlushIntervalMs: args.count("file-flush-interval-msec") ?? 10_000,
    fileFlushMinBytes: (args.count("file-flush-min-size-kb") ?? 64) * 1024,
  };
}

function logOptions(args: Args): Pick<ServeOptions, "logLevel" | "componentLogLevels" | "logFormat" | "logFormatEscaped" | "logPath"> {
  const components = args.text("component-log-level");
  return {
    logLevel: level(args.text("log-level") ?? "info"),
    componentLogLevels: new Map(components?.split(",").map((part) => part.split(":") as [string, string]).map(([component, l]) => [component, level(l)])),
    logFormat: args.text("log-format"),
    logFormatEscaped: args.has("log-format-escaped"),
    logPath: args.text("log-path"),
  };
}

/** Envoy has two spellings of one level. */
function level(name: string): string {
  return name === "warn" ? "warning" : name;
}

function fieldOptions(args: Args): Pick<ServeOptions, "unknownStaticFields" | "unknownDynamicFields" | "skipDeprecatedLogs"> {
  const lax = args.has("allow-unknown-static-fields") || args.has("allow-unknown-fields");
  return {
    unknownStaticFields: lax ? "warning" : "error",
    unknownDynamicFields: args.has("reject-unknown-dynamic-fields") ? "error" : args.has("ignore-unknown-dynamic-fields") ? "ignore" : "warning",
    skipDeprecatedLogs: args.has("skip-deprecated-logs"),
  };
}

/** Envoy takes each name once. */
function statsTags(tags: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const tag of tags) {
    const colon = tag.indexOf(":");
    const name = tag.slice(0, colon);
    if (map.has(name)) throw new UsageError(`--stats-tag: the tag ${name} is given twice`);
    map.set(name, tag.slice(colon + 1));
  }
  return map;
}
