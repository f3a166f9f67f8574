/** The server's own log: one line an event, in Envoy's default form, to standard error or `--log-path`. A line that repeats is told once, with its count. */
import { type ConsolaInstance, createConsola, type LogLevel, type LogObject } from "consola/core";
import type { Clock } from "../platform/clock.ts";
import { compileLogPattern, DEFAULT_LOG_PATTERN, type LogEvent } from "./log-pattern.ts";

export const LEVELS = ["trace", "debug", "info", "warning", "error", "critical", "off"] as const;
export type Level = (typeof LEVELS)[number];

/** Envoy's levels in consola's numbers. */
const NUMBERS: Readonly<Record<Level, LogLevel>> = { trace: 5, debug: 4, info: 3, warning: 1, error: 0, critical: 0, off: -999 };
const NAMES: Readonly<Record<number, Level>> = { 0: "error", 1: "warning", 3: "info", 4: "debug", 5: "trace" };

export interface ServerLogOptions {
  readonly level: Level;
  /** `--log-format`. */
  readonly pattern?: string | undefined;
  readonly clock: Clock;
  readonly pid: number;
  write(text: string): void;
}

export class ServerLog {
  private readonly clock: Clock;
  private readonly pid: number;
  private readonly line: (event: LogEvent) => string;
  private readonly write: (text: string) => void;
  private readonly log: ConsolaInstance;
  private current: Level;

  constructor({ level, pattern = DEFAULT_LOG_PATTERN, clock, pid, write }: ServerLogOptions) {
    this.clock = clock;
    this.pid = pid;
    this.line = compileLogPattern(pattern);
    this.write = write;
    this.current = level;
    this.log = createConsola({ level: NUMBERS[level], reporters: [{ log: (entry) => this.print(entry) }] });
  }

  get level(): Level {
    return this.current;
  }

  set level(level: Level) {
    this.current = level;
    this.log.level = NUMBERS[level];
  }

  debug(text: string): void {
    this.log.debug(text);
  }

  info(text: string): void {
    this.log.info(text);
  }

  warning(text: string): void {
    this.log.warn(text);
  }

  error(text: string): void {
    this.log.error(text);
  }

  private print({ level, args }: LogObject): void {
    this.write(this.line({ wall: this.clock.wall(), pid: this.pid, level: NAMES[level] ?? "info", text: args.map(String).join(" ") }));
  }
}
