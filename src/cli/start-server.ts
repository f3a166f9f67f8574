import type { ServeOptions } from "../server/serve-options.ts";
import { InputError } from "./command.ts";
import { readInput } from "./input.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** Loads and runs the server; its log and findings go to standard error. */
export async function startServer(serve: ServeOptions, terminal: Terminal, entry: string): Promise<number> {
  const [{ runServer }, { renderReport }] = await Promise.all([import("../server/run.ts"), import("../diagnostics/render.ts")]);
  return runServer({
    serve, entry, version: VERSION,
    stdin: serve.configPath === "-" ? standardInput() : null,
    out: (text) => terminal.out(text),
    err: (text) => terminal.err(text),
    show: (findings) => terminal.err(renderReport("pretty", { findings, files: [], version: VERSION }, { colour: terminal.colorErr })),
  });
}

function standardInput(): string {
  const input = readInput("-");
  if ("problem" in input) throw new InputError(`standard input ${input.problem}`);
  return new TextDecoder().decode(input.bytes);
}
