import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Args } from "./args.ts";
import { type Command, InputError } from "./command.ts";
import { wholeNumber } from "./common-flags.ts";
import { STARTERS } from "./generated/starters.ts";
import { serveOptions, type StartServer } from "./serve.ts";
import type { Terminal } from "./terminal.ts";

const PORT = wholeNumber(1, 65_535);

/** The front proxy example with two services in this very process: shows the proxy at work without a file or a network. */
export function demoCommand(start: StartServer): Command {
  return {
    name: "demo",
    summary: "Run the front proxy example, with two services to try it on",
    about: "Starts two small echo services and the proxy of `legate init front-proxy` before them, on loopback, and says what to ask. Ctrl-C ends it.",
    positionals: { usage: "", min: 0, max: 0 },
    flags: [
      { name: "port", value: "PORT", check: PORT, fallback: "10000", help: "Port of the proxy." },
      { name: "admin-port", value: "PORT", check: PORT, fallback: "9901", help: "Port of the admin interface." },
    ],
    examples: [
      { line: "demo", says: "then, elsewhere: curl -i http://127.0.0.1:10000/service/1" },
      { line: "demo --port 8080 --admin-port 9000", says: "on other ports" },
    ],
    run: (args, terminal) => run(args, terminal, start),
  };
}

async function run(args: Args, terminal: Terminal, start: StartServer): Promise<number> {
  const [port, admin] = [args.text("port") ?? "10000", args.text("admin-port") ?? "9901"];
  const services = [await echo("service1"), await echo("service2")];
  const config = demoConfig(port, admin, services.map(portOf));
  terminal.say(hints(port, admin));
  try {
    return await start(serveOptions(config), terminal);
  } finally {
    for (const service of services) {
      service.close();
      service.closeAllConnections();
    }
  }
}

/** The example, on loopback, with these ports in place of its own. */
function demoConfig(port: string, admin: string, services: readonly number[]): Args {
  const text = (STARTERS["front-proxy"]?.["front-proxy.yaml"] ?? "")
    .replace("address: 0.0.0.0, port_value: 10000", `address: 127.0.0.1, port_value: ${port}`)
    .replace("port_value: 9901", `port_value: ${admin}`)
    .replace("port_value: 8001", `port_value: ${services[0]}`)
    .replace("port_value: 8002", `port_value: ${services[1]}`);
  return new Args(new Map([["config-yaml", [text]], ["drain-time-s", ["1"]], ["file-flush-interval-msec", ["200"]]]), []);
}

/** Answers every request with what it was asked. */
async function echo(name: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "x-served-by": name });
    const headers = Object.entries(request.headers).map(([key, value]) => `  ${key}: ${String(value)}\n`);
    response.end(`Hello from ${name}! You asked: ${request.method} ${request.url}\n${headers.join("")}`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new InputError(`the service cannot listen: ${error.message}`)));
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function hints(port: string, admin: string): string {
  const rows = [
    [`curl -i http://127.0.0.1:${port}/service/1`, "goes to service1"],
    [`curl -i http://127.0.0.1:${port}/service/2`, "goes to service2"],
    [`curl -i http://127.0.0.1:${port}/elsewhere`, "no route: 404"],
    [`curl http://127.0.0.1:${admin}/clusters`, "what the proxy knows of them"],
  ] as const;
  const width = Math.max(...rows.map(([line]) => line.length));
  return [
    `The proxy listens at http://127.0.0.1:${port}, its admin interface at http://127.0.0.1:${admin}. Try:`, "",
    ...rows.map(([line, says]) => `  ${line.padEnd(width)}   ${says}`), "",
    "The configuration is that of: legate init front-proxy. Ctrl-C ends everything.", "",
  ].join("\n");
}
