import type { Flag } from "./command.ts";
import { wholeNumber } from "./common-flags.ts";

const UINT32 = 4_294_967_295;

/** Envoy's names, with the level each stands for here. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "warn", "error", "critical", "off"] as const;

const NO_HOT_RESTART = "legate reloads in place and does not hand over between processes.";

/** `COMPONENT:LEVEL`, comma-separated, as `--component-log-level` takes it. */
function componentLevels(value: string): string | undefined {
  for (const part of value.split(",")) {
    const [component, level, ...more] = part.split(":");
    if (component === "" || level === undefined || more.length > 0) return `"${part}" is not COMPONENT:LEVEL`;
    if (!(LOG_LEVELS as readonly string[]).includes(level)) return `"${level}" is no log level (${LOG_LEVELS.join(", ")})`;
  }
  return undefined;
}

/** Envoy's own rule: a tag's name is alphanumeric, its value holds no dot. */
function statsTag(value: string): string | undefined {
  return /^[A-Za-z0-9]+:[^.]+$/.test(value) ? undefined : `"${value}" is not NAME:VALUE (letters and digits; any characters but the dot)`;
}

function octal(value: string): string | undefined {
  return /^[0-7]{1,4}$/.test(value) ? undefined : `"${value}" is not an octal file mode such as 600`;
}

/** What Envoy's own command line takes (source/server/options_impl.cc), under its names, and two flags more. */
export const SERVE_FLAGS: readonly Flag[] = [
  { name: "config-path", short: "c", value: "FILE", completes: "file", help: "The bootstrap: YAML or JSON; - reads standard input." },
  { name: "config-yaml", value: "YAML", help: "A bootstrap given in words; merged over the file of --config-path." },
  { name: "mode", value: "MODE", choices: ["serve", "validate", "init_only"], fallback: "serve", help: "validate checks the configuration and ends; init_only starts, initialises and ends." },
  { name: "watch", help: "Reload the file whenever it is saved; no connection is dropped. SIGHUP does the same once." },
  { name: "allow-unsupported", help: "Serve a configuration that asks for what Envoy knows and legate does not do; warn instead of refusing." },
  { name: "concurrency", value: "N", check: wholeNumber(0, 1024), help: "Worker threads. Default: the cores this process may use, cgroup quota included." },
  { name: "log-level", short: "l", value: "LEVEL", choices: LOG_LEVELS, fallback: "info", help: "How much the process says about itself, on standard error." },
  { name: "component-log-level", value: "C:LEVEL,...", check: componentLevels, help: "Levels of single components, for example main:debug; all of legate's lines are those of main." },
  { name: "log-format", value: "FORMAT", help: "Format of log lines, in spdlog's pattern syntax; times are UTC." },
  { name: "log-format-escaped", help: "Escape control characters in log lines." },
  { name: "log-path", value: "FILE", completes: "file", help: "Write log lines to FILE instead of standard error." },
  { name: "admin-address-path", value: "FILE", completes: "file", help: "Write the address of the admin interface to FILE once it listens." },
  { name: "service-node", value: "ID", help: "Sets node.id." },
  { name: "service-cluster", value: "NAME", help: "Sets node.cluster." },
  { name: "service-zone", value: "NAME", help: "Sets node.locality.zone." },
  { name: "drain-time-s", value: "SECONDS", check: wholeNumber(0, UINT32), fallback: "600", help: "How long draining takes." },
  { name: "drain-strategy", value: "HOW", choices: ["gradual", "immediate"], fallback: "gradual", help: "Whether connections are asked to close bit by bit or at once." },
  { name: "allow-unknown-static-fields", help: "Take a bootstrap with fields the API does not know; warn instead of refusing." },
  { name: "allow-unknown-fields", help: "Old name of --allow-unknown-static-fields." },
  { name: "reject-unknown-dynamic-fields", help: "Refuse resources from a control plane or watched file that have unknown fields." },
  { name: "ignore-unknown-dynamic-fields", help: "Do not even warn about such fields." },
  { name: "skip-deprecated-logs", help: "Do not warn about deprecated fields." },
  { name: "stats-tag", value: "NAME:VALUE", repeat: true, check: statsTag, help: "A tag on every statistic." },
  { name: "file-flush-interval-msec", value: "MS", check: wholeNumber(0, UINT32), fallback: "10000", help: "How often access log files are flushed." },
  { name: "file-flush-min-size-kb", value: "KB", check: wholeNumber(0, UINT32), fallback: "64", help: "", idle: "Log files are written in blocks of 64 KB, and whenever --file-flush-interval-msec is over." },
  { name: "hot-restart-version", help: "Print the hot restart version (here: disabled) and end." },
  { name: "disable-hot-restart", help: "Taken as it is: there is no hot restart here." },
  { name: "base-id", value: "N", check: wholeNumber(0, UINT32), help: "", idle: NO_HOT_RESTART },
  { name: "use-dynamic-base-id", help: "", idle: NO_HOT_RESTART },
  { name: "base-id-path", value: "FILE", completes: "file", help: "", idle: NO_HOT_RESTART },
  { name: "restart-epoch", value: "N", check: wholeNumber(0, UINT32), help: "", idle: NO_HOT_RESTART },
  { name: "parent-shutdown-time-s", value: "SECONDS", check: wholeNumber(0, UINT32), help: "", idle: NO_HOT_RESTART },
  { name: "skip-hot-restart-on-no-parent", help: "", idle: NO_HOT_RESTART },
  { name: "skip-hot-restart-parent-stats", help: "", idle: NO_HOT_RESTART },
  { name: "socket-path", value: "PATH", help: "", idle: NO_HOT_RESTART },
  { name: "socket-mode", value: "MODE", check: octal, help: "", idle: NO_HOT_RESTART },
  { name: "local-address-ip-version", value: "V", choices: ["v4", "v6"], help: "", idle: "The local address is taken from the connection." },
  { name: "cpuset-threads", help: "", idle: "The default of --concurrency heeds the cpuset already." },
  { name: "disable-extensions", value: "NAMES", help: "", idle: "An extension that no configuration names costs nothing." },
  { name: "enable-fine-grain-logging", help: "", idle: "Log levels are set by component." },
  { name: "log-stacktrace-single-entry", help: "", idle: "A stack is one log entry always." },
  { name: "enable-mutex-tracing", help: "", idle: "There are no locks to trace." },
  { name: "enable-core-dump", help: "", idle: "The core limit of the shell decides." },
];
