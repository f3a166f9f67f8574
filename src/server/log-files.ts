/** The log files of one thread: one writer a path, shared by everybody who logs there. */
import type { LogSink, LogSource } from "../contract/env.ts";
import type { Clock } from "../platform/clock.ts";
import { LogWriter } from "../platform/log-writer.ts";

export class LogFiles implements LogSource {
  private readonly writers = new Map<string, LogWriter>();
  private readonly clock: Clock;
  private readonly flushMs: number;
  private readonly warn: (text: string) => void;

  constructor(clock: Clock, flushMs: number, warn: (text: string) => void) {
    this.clock = clock;
    this.flushMs = flushMs;
    this.warn = warn;
  }

  open(path: string): LogSink {
    const present = this.writers.get(path);
    if (present !== undefined) return sinkOf(present);
    try {
      const writer = new LogWriter(path, this.clock, { flushMs: this.flushMs, onError: (error) => this.warn(`access log ${path}: ${error.message}`) });
      this.writers.set(path, writer);
      return sinkOf(writer);
    } catch (error) {
      this.warn(`access log ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
      return { write: () => undefined };
    }
  }

  /** For rotation: files are opened again under their names. */
  reopen(): void {
    for (const writer of this.writers.values()) writer.reopen();
  }

  async close(): Promise<void> {
    await Promise.all([...this.writers.values()].map((writer) => writer.close()));
    this.writers.clear();
  }
}

/** Log lines are in wire form: one char a byte. */
function sinkOf(writer: LogWriter): LogSink {
  return { write: (line) => writer.write(line, "latin1") };
}
