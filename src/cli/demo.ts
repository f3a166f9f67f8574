import type { Running } from "../server/run.ts";
import type { ServeOptions } from "../server/serve-options.ts";
import type { Command } from "./command.ts";
import { wholeNumber } from "./common-flags.ts";
import { STARTERS } from "./generated/starters.ts";
import type { Terminal } from "./terminal.ts";

const PORT = wholeNumber(1, 65_535);

/** Runs the server to its end; `onReady` is called when it serves. */
export type StartDemo = (options: ServeOptions, terminal: Terminal, onReady: (running: Running) => void) => Promise<number>;

/** The front proxy example with two services in this very process: shows the proxy at work without a file or a network. */
export function demoCommand(start: StartDemo): Command {
  return {
    name: "demo",
    summary: "Run the front proxy example, with two services to try it on",
    about: "Starts two small echo services and the proxy of `legate init front-proxy` before them, all on loopback, and says what to ask. Nothing is read or written. Ctrl-C ends it.",
    positionals: { usage: "", min: 0, max: 0 },
    flags: [
      { name: "port", value: "PORT", check: PORT, help: "Port of the proxy. Default: 10000, or a free one where that is in use." },
      { name: "admin-port", value: "PORT", check: PORT, help: "Port of the admin interface. Default: 9901, or a free one where that is in use." },
      { name: "once", help: "Send the requests, print the answers and end. Exit code 1: an answer is not what it should be." },
    ],
    examples: [
      { line: "demo", says: "then, elsewhere: curl -i http://127.0.0.1:10000/service/1" },
      { line: "demo --once", says: "three requests and their answers" },
      { line: "demo --port 8080 --admin-port 9000", says: "on other ports" },
    ],
    run: async (args, terminal) => {
      const { runDemo } = await import("../server/demo/demo.ts");
      return runDemo({
        example: STARTERS["front-proxy"]?.["front-proxy.yaml"] ?? "", once: args.has("once"), port: args.count("port"), adminPort: args.count("admin-port"),
        start: (options, onReady) => start(options, terminal, onReady),
        out: (text) => terminal.out(text), say: (text) => terminal.say(text),
      });
    },
  };
}
