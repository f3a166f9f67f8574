/** The server's own log: one line an event, in Envoy's default form, to standard error or `--log-path`. */
import type { Clock } from "../platform/clock.ts";

export const LEVELS = ["trace", "debug", "info", "warning", "error", "critical", "off"] as const;
export type Level = (typeof LEVELS)[number];

export class ServerLog {
  level: Level;
  private readonly clock: Clock;
  private readonly pid: number;
  private readonly write: (text: string) => void;

  constructor(level: Level, clock: Clock, pid: number, write: (text: string) => void) {
    this.level = level;
    this.clock = clock;
    this.pid = pid;
    this.write = write;
  }

  debug(text: string): void {
    this.put("debug", text);
  }

  info(text: string): void {
    this.put("info", text);
  }

  warning(text: string): void {
    this.put("warning", text);
  }

  error(text: string): void {
    this.put("error", text);
  }

  private put(level: Level, text: string): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    const time = new Date(this.clock.wall()).toISOString().replace("T", " ").replace("Z", "");
    this.write(`[${time}][${this.pid}][${level}][main] ${text}\n`);
  }
}
