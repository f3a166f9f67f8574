import type { ServeOptions } from "../server/serve-options.ts";
import type { Args } from "./args.ts";
import { type Command, UsageError } from "./command.ts";
import { SERVE_FLAGS } from "./serve-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the server to its end and answers the exit code: 1 where the configuration is refused. Throws `InputError` for an address in use. */
export type StartServer = (options: ServeOptions, terminal: Terminal) => Promise<number>;

/** The command that runs the proxy; `start` imports and runs the server, so that other commands need not load it. */
export function serveCommand(start: StartServer): Command {
  return {
    name: "serve",
    summary: "Run the proxy from an Envoy configuration",
    about: "Every flag of Envoy is taken under its name, so a command line for Envoy works. SIGTERM and SIGINT drain, a second one stops at once; SIGHUP reloads the file. Exit code 1: the configuration is refused; 2: bad usage, or an address is in use.",
    positionals: { usage: "", min: 0, max: 0 },
    flags: SERVE_FLAGS,
    examples: [
      { line: "serve -c envoy.yaml", says: "run it" },
      { line: "serve -c envoy.yaml --watch", says: "follow the file as it is edited" },
      { line: "serve -c envoy.yaml --mode validate", says: "check it as Envoy would, and end" },
      { line: "serve -c envoy.yaml --concurrency 2 -l debug", says: "two workers, talkative" },
      { line: "serve -c envoy.yaml --config-yaml '{ node: { id: edge-1 } }'", says: "with something merged over the file" },
    ],
    run: async (args, terminal) => {
      if (args.has("hot-restart-version")) {
        terminal.out("disabled\n");
        return 0;
      }
      return start(serveOptions(args), terminal);
    },
  };
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
