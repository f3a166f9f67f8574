import type { Command } from "./command.ts";
import { STARTERS } from "./generated/starters.ts";
import { ENTRY } from "./start-server.ts";
import { versionLine } from "./version.ts";

/** The proxy at work, without a file and without a network. */
export const demo: Command = {
  name: "demo",
  summary: "See the proxy at work: the front-proxy example with two services behind it, on loopback",
  about: "Starts two small services, the proxy before them and its admin listener, all on 127.0.0.1, and says which requests to try. Nothing is read or written. Ports that are in use are replaced by free ones, which is said.",
  positionals: { usage: "", min: 0, max: 0 },
  flags: [{ name: "once", help: "Send the requests, show the answers and end. Exit code 1: an answer is not what it should be." }],
  examples: [
    { line: "demo", says: "until Ctrl-C" },
    { line: "demo --once", says: "three requests and their answers" },
  ],
  run: async (args, terminal) => {
    const { runDemo } = await import("../server/demo/demo.ts");
    return runDemo({
      example: STARTERS["front-proxy"]?.["front-proxy.yaml"] ?? "", once: args.has("once"), entry: ENTRY, version: versionLine(),
      out: (text) => terminal.out(text), err: (text) => terminal.err(text),
      show: (findings) => terminal.err(findings.filter((finding) => finding.severity === "error").map((finding) => `${finding.code}: ${finding.message}\n`).join("")),
    });
  },
};
