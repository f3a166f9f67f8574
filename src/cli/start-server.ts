import { fs } from "../platform/builtins.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { LogWriter } from "../platform/log-writer.ts";
import { SystemClock } from "../platform/system-clock.ts";
import { Turn } from "../platform/turn.ts";
import type { Running } from "../server/run.ts";
import type { ServeOptions } from "../server/serve-options.ts";
import type { Terminal } from "./terminal.ts";
import { COMMIT, VERSION, runtimeText } from "./version.ts";

/** The main module, which every thread starts over again: the bundle itself, or from source the file in bin/. */
export const ENTRY: string = import.meta.url.endsWith("/src/cli/start-server.ts") ? new URL("../../bin/legate.ts", import.meta.url).href : import.meta.url;

/** Runs the server to its end and answers the exit code. The server is imported only here: other commands need not load it. */
export async function startServer(serve: ServeOptions, terminal: Terminal, onReady?: (running: Running) => void): Promise<number> {
  const [{ runServer }, { renderReport }] = await Promise.all([import("../server/run.ts"), import("../diagnostics/render.ts")]);
  const output = new ServerOutput(terminal);
  const err = (text: string): void => output.write(text);
  const code = await runServer({
    serve, entry: ENTRY, build: { version: VERSION, commit: COMMIT, runtime: runtimeText() }, stdin: serve.configPath === "-" ? readStdin() : null,
    out: (text) => terminal.out(text), err,
    onReady(running) {
      output.nowServing();
      onReady?.(running);
    },
    show(findings: readonly ResolvedFinding[]): void {
      const shown = findings.filter((finding) => finding.severity !== "note");
      if (shown.length === 0) return;
      err(renderReport("pretty", { findings: shown, files: [serve.configPath ?? "--config-yaml"], version: VERSION }, { colour: terminal.colorErr, ...(terminal.width === undefined ? {} : { width: terminal.width }) }));
    },
  });
  await output.close();
  return code;
}

/**
 * Standard error of a server. What is said before it serves is written whole, whoever waits for it; from then on nobody may
 * hold the server up by not reading: lines are dropped when too many wait.
 */
class ServerOutput {
  private readonly terminal: Terminal;
  private writer: LogWriter | null = null;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  nowServing(): void {
    try {
      this.writer = new LogWriter("/dev/stderr", new SystemClock(new Turn(() => undefined)));
    } catch {
      // it is closed: there is nothing that could block
    }
  }

  write(text: string): void {
    const { writer } = this;
    if (writer === null) return this.terminal.err(text);
    for (const line of text.split(/(?<=\n)/)) writer.write(line, "utf8");
    writer.flush();
  }

  /** Takes a second at most. */
  close(): Promise<void> | undefined {
    return this.writer?.close();
  }
}

function readStdin(): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const length = fs().readSync(0, buffer);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(Buffer.from(buffer.subarray(0, length)));
  }
}
