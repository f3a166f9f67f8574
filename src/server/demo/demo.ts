/** The front-proxy example at work, with two services behind it, all on loopback: no file is read or written, nothing leaves the machine. */
import { Buffer } from "node:buffer";
import { HeaderBlock } from "../../http/header-block.ts";
import { reasonPhrase } from "../../http/status.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../../platform/address.ts";
import type { Transport } from "../../platform/conn.ts";
import { exchange, type Network } from "../health/exchange.ts";
import { type Machine, openMachine } from "../machine.ts";
import { type RunOptions, runServer, type Running } from "../run.ts";
import type { ServeOptions } from "../serve-options.ts";
import { demoConfig, EXAMPLE_PORTS } from "./demo-config.ts";
import { openEcho } from "./echo.ts";

export interface DemoOptions extends Pick<RunOptions, "entry" | "version" | "out" | "err" | "show"> {
  /** The text of configs/front-proxy.yaml. */
  readonly example: string;
  /** Send the requests, show the answers, and end. */
  readonly once: boolean;
}

/** A request to try, and what its answer must be. */
const REQUESTS = [
  { path: "/service/1", status: 200, servedBy: "service1" },
  { path: "/service/2/some/page?x=1", status: 200, servedBy: "service2" },
  { path: "/elsewhere", status: 404, servedBy: null },
] as const;

/** Answers the exit code: 0; with `once`, 1 if an answer is not what it should be. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const machine = openMachine((error) => options.err(`internal error: ${error instanceof Error ? (error.stack ?? "") : String(error)}\n`));
  const services = [await openEcho(machine.transport, "service1"), await openEcho(machine.transport, "service2")] as const;
  const ports = {
    listener: await portLike(machine.transport, EXAMPLE_PORTS.listener, "listener", options.out),
    admin: await portLike(machine.transport, EXAMPLE_PORTS.admin, "admin listener", options.out),
    service1: services[0].address.port, service2: services[1].address.port,
  };
  let good = true;
  const code = await runServer({
    serve: serveOptions(demoConfig(options.example, ports)), entry: options.entry, version: options.version, stdin: null,
    out: options.out, err: options.err, show: options.show,
    onReady: (running) => {
      options.out(introduction(running, services.map((service) => `${service.name} at ${formatAddress(service.address)}`)));
      if (!options.once) return;
      void showAnswers(machine, ipAddress("127.0.0.1", ports.listener), options.out).then((as) => {
        good = as;
        running.stop();
      });
    },
  });
  for (const service of services) service.stop();
  return code === 0 && !good ? 1 : code;
}

/** The port itself if it is free, else another, which is said. */
async function portLike(transport: Transport, port: number, what: string, out: (text: string) => void): Promise<number> {
  const free = await transport.probeExclusive(ipAddress("127.0.0.1", port)).catch(() => null);
  if (free !== null) return port;
  const other = await transport.probeExclusive(ipAddress("127.0.0.1", 0));
  const chosen = other.kind === "ip" ? other.port : 0;
  out(`Port ${port} is in use: the ${what} takes ${chosen}.\n`);
  return chosen;
}

function introduction(running: Running, services: readonly string[]): string {
  const listener = Object.values(running.listeners)[0] ?? "";
  const commands = [...REQUESTS.map(({ path }) => `curl -i 'http://${listener}${path}'`), ...(running.admin === null ? [] : [`curl http://${running.admin}/clusters`, `legate health --admin ${running.admin}`])];
  return [
    `The front proxy listens on ${listener}. Behind it: ${services.join(", ")}.`,
    "Its configuration is the one that `legate init front-proxy` prints. Try in another terminal:",
    "", ...commands.map((command) => `  ${command}`), "", "Ctrl-C ends it.", "",
  ].join("\n");
}

/** Sends each request and prints its answer; whether all were right. */
async function showAnswers({ transport, clock }: Machine, address: SocketAddress, out: (text: string) => void): Promise<boolean> {
  let good = true;
  for (const request of REQUESTS) {
    const { text, right } = await ask({ dialer: transport.dialer, clock }, address, request);
    out(`\n$ curl -i 'http://${formatAddress(address)}${request.path}'\n${text}`);
    good &&= right;
  }
  return good;
}

async function ask(network: Network, address: SocketAddress, request: (typeof REQUESTS)[number]): Promise<{ readonly text: string; readonly right: boolean }> {
  const head = HeaderBlock.of([[":method", "GET"], [":path", request.path], [":authority", formatAddress(address)], ["user-agent", "legate/demo"], ["accept", "*/*"]]);
  const answer = await exchange(network, { address, head, body: Buffer.alloc(0), timeoutMs: 5000, keepBytes: 65_536 });
  if ("failure" in answer) return { text: `no answer: ${answer.failure}\n`, right: false };
  const { status } = answer.head;
  const lines = [`HTTP/1.1 ${status} ${reasonPhrase(status)}`];
  answer.head.forEach((name, value) => {
    if (!name.startsWith(":")) lines.push(`${name}: ${value}`);
  });
  const right = status === request.status && answer.head.getNamed("x-served-by") === request.servedBy;
  return { text: `${lines.join("\n")}\n\n${answer.body.toString("latin1")}${right ? "" : `(expected: status ${request.status})\n`}`, right };
}

function serveOptions(config: string): ServeOptions {
  return {
    configPath: undefined, configYaml: config, mode: "serve", watch: false, allowUnsupported: false, concurrency: 1, logLevel: "warning",
    componentLogLevels: new Map(), logFormat: undefined, logFormatEscaped: false, logPath: undefined, adminAddressPath: undefined,
    serviceNode: undefined, serviceCluster: undefined, serviceZone: undefined, drainTimeMs: 1000, drainStrategy: "immediate",
    unknownStaticFields: "error", unknownDynamicFields: "warning", skipDeprecatedLogs: false, statsTags: new Map(),
    fileFlushIntervalMs: 100, fileFlushMinBytes: 65_536,
  };
}
