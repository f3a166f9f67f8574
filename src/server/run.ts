/** `serve`, from options to exit code. */
import { formatAddress } from "../platform/address.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { type AdminServer, openAdmin } from "./admin.ts";
import { AddressTaken } from "./address-taken.ts";
import type { Build } from "./admin-state.ts";
import { Control } from "./control.ts";
import { RefusedConfiguration } from "./control-options.ts";
import { LogWriter } from "../platform/log-writer.ts";
import { type Machine, openMachine } from "./machine.ts";
import type { ServeOptions } from "./serve-options.ts";
import { DEFAULT_LOG_PATTERN } from "./log-pattern.ts";
import { type Level, ServerLog } from "./server-log.ts";

export interface RunOptions {
  readonly serve: ServeOptions;
  /** `import.meta.url` of the main module. */
  readonly entry: string;
  readonly build: Build;
  /** Standard input, when the configuration comes from there. */
  readonly stdin: string | null;
  out(text: string): void;
  err(text: string): void;
  show(findings: readonly ResolvedFinding[]): void;
  /** Once, when it serves. */
  onReady?(running: Running): void;
}

/** A server that serves. */
export interface Running {
  /** Listener name -> the first address it is bound to. */
  readonly listeners: Readonly<Record<string, string>>;
  readonly admin: string | null;
  /** Ends it at once. */
  stop(): void;
}

const LOG_FLUSH_MS = 50;

/** Runs the server to its end. 0: it ended as asked; 1: the configuration is refused; 2: it cannot be read, or an address cannot be had. */
export async function runServer(options: RunOptions): Promise<number> {
  const holder: { log: ServerLog | null } = { log: null };
  const machine = openMachine((error) => holder.log?.error(`internal error, please report: ${error instanceof Error ? (error.stack ?? "") : String(error)}`));
  const { serve: asked } = options;
  let file: LogWriter | null = null;
  try {
    file = asked.logPath === undefined ? null : new LogWriter(asked.logPath, machine.clock, { flushMs: LOG_FLUSH_MS, onError: (error) => options.err(`${asked.logPath}: ${error.message}\n`) });
  } catch (error) {
    options.err(`cannot open the log file ${asked.logPath}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const write = (text: string): void => (file === null ? options.err(text) : void file.write(text, "utf8"));
  const level = (asked.componentLogLevels.get("main") ?? asked.logLevel) as Level;
  const log = new ServerLog({ level, pattern: asked.logFormatEscaped ? (asked.logFormat ?? DEFAULT_LOG_PATTERN).replaceAll("%v", "%_") : asked.logFormat, clock: machine.clock, pid: machine.facts.pid, write });
  holder.log = log;
  const control = new Control({ serve: options.serve, entry: options.entry, build: options.build, machine, log, stdin: options.stdin, show: options.show });
  try {
    return await serve(control, machine, log, options);
  } catch (error) {
    if (error instanceof RefusedConfiguration) return error.unreadable ? 2 : 1;
    if (!(error instanceof AddressTaken)) throw error;
    options.err(`${error.message}\n`);
    return 2;
  } finally {
    await control.close();
    await file?.close();
  }
}

async function serve(control: Control, machine: Machine, log: ServerLog, options: RunOptions): Promise<number> {
  const loaded = control.load();
  if (options.serve.mode === "validate") {
    options.out(`configuration '${options.serve.configPath ?? ""}' OK\n`);
    return 0;
  }
  const stopped = control.untilStopped();
  const release = listenToSignals(control, machine);
  let admin: AdminServer | null = null;
  try {
    const { bootstrap, adminPlace: place } = loaded.configuration;
    admin = await openAdmin({ bootstrap, place, state: control, machine, log });
    if (admin !== null) log.info(`admin on ${formatAddress(admin.address)}`);
    // a signal ends it while it still starts, too: it may be waiting for names
    const opened = await Promise.race([control.open(loaded).then(() => true), stopped.then(() => false)]);
    if (!opened || options.serve.mode === "init_only") return 0;
    options.onReady?.({ listeners: Object.fromEntries(Object.entries(control.bound()).map(([name, [first = ""]]) => [name, first])), admin: admin === null ? null : formatAddress(admin.address), stop: () => control.quit() });
    await stopped;
    return 0;
  } finally {
    release();
    admin?.close();
  }
}

function listenToSignals(control: Control, machine: Machine): () => void {
  const { facts } = machine;
  const off = [
    facts.onSignal("SIGTERM", () => control.terminate()),
    facts.onSignal("SIGINT", () => control.terminate()),
    facts.onSignal("SIGHUP", () => void control.reload("SIGHUP")),
    facts.onSignal("SIGUSR1", () => control.reopenLogs()),
  ];
  return () => off.forEach((release) => release());
}
