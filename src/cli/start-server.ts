import { readSync } from "node:fs";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { Running } from "../server/run.ts";
import type { ServeOptions } from "../server/serve-options.ts";
import type { Terminal } from "./terminal.ts";
import { COMMIT, VERSION, runtimeText } from "./version.ts";

/** The main module, which every thread starts over again: the bundle itself, or from source the file in bin/. */
export const ENTRY: string = import.meta.url.endsWith("/src/cli/start-server.ts") ? new URL("../../bin/legate.ts", import.meta.url).href : import.meta.url;

/** Runs the server to its end and answers the exit code. The server is imported only here: other commands need not load it. */
export async function startServer(serve: ServeOptions, terminal: Terminal, onReady?: (running: Running) => void): Promise<number> {
  const [{ runServer }, { renderReport }] = await Promise.all([import("../server/run.ts"), import("../diagnostics/render.ts")]);
  const err = (text: string): void => terminal.err(text);
  return runServer({
    serve, entry: ENTRY, build: { version: VERSION, commit: COMMIT, runtime: runtimeText() }, stdin: serve.configPath === "-" ? readStdin() : null,
    out: (text) => terminal.out(text), err, ...(onReady === undefined ? {} : { onReady }),
    show(findings: readonly ResolvedFinding[]): void {
      const shown = findings.filter((finding) => finding.severity !== "note");
      if (shown.length === 0) return;
      err(renderReport("pretty", { findings: shown, files: [serve.configPath ?? "--config-yaml"], version: VERSION }, { colour: terminal.colorErr, ...(terminal.width === undefined ? {} : { width: terminal.width }) }));
    },
  });
}

function readStdin(): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const length = readSync(0, buffer);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(Buffer.from(buffer.subarray(0, length)));
  }
}
