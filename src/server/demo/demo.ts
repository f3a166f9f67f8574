/** The front-proxy example at work, with two services behind it, all on loopback: no file is read or written, nothing leaves the machine. */
import { Buffer } from "node:buffer";
import { HeaderBlock } from "../../http/header-block.ts";
import { reasonPhrase } from "../../http/status.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../../platform/address.ts";
import type { Transport } from "../../platform/conn.ts";
import { exchange, type Network } from "../health/exchange.ts";
import { type Machine, openMachine } from "../machine.ts";
import type { Running } from "../run.ts";
import type { ServeOptions } from "../serve-options.ts";
import { demoConfig, type DemoPorts, EXAMPLE_PORTS } from "./demo-config.ts";
import { openEcho } from "./echo.ts";

export interface DemoOptions {
  /** The text of configs/front-proxy.yaml. */
  readonly example: string;
  /** Send the requests, print the answers, and end. */
  readonly once: boolean;
  /** Ports asked for; where they are not, the example's or free ones. */
  readonly port: number | undefined;
  readonly adminPort: number | undefined;
  /** Runs the server to its end and answers its exit code. */
  start(serve: ServeOptions, onReady: (running: Running) => void): Promise<number>;
  out(text: string): void;
  /** A line for the reader, not for a program. */
  say(text: string): void;
}

/** A request to try, and what its answer must be. */
const REQUESTS = [
  { path: "/service/1", status: 200, servedBy: "service1", says: "goes to service1" },
  { path: "/service/2/page", status: 200, servedBy: "service2", says: "goes to service2" },
  { path: "/elsewhere", status: 404, servedBy: null, says: "no route: 404" },
] as const;

/** Answers the exit code: the server's; with `once`, 1 if an answer is not what it should be. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { say, out } = options;
  const machine = openMachine((error) => say(`internal error: ${error instanceof Error ? (error.stack ?? "") : String(error)}`));
  const services = [await openEcho(machine.transport, "service1"), await openEcho(machine.transport, "service2")] as const;
  const ports = {
    listener: options.port ?? (await portLike(machine.transport, EXAMPLE_PORTS.listener, "proxy", say)),
    admin: options.adminPort ?? (await portLike(machine.transport, EXAMPLE_PORTS.admin, "admin interface", say)),
    service1: services[0].address.port, service2: services[1].address.port,
  };
  const requests = { good: true };
  const served = options.start(serveOptions(demoConfig(options.example, ports)), (running) => {
    say(introduction(ports, options.once));
    if (!options.once) return;
    void showAnswers(machine, ipAddress("127.0.0.1", ports.listener), out).then((right) => {
      requests.good = right;
      running.stop();
    });
  });
  const code = await served.finally(() => services.forEach((service) => service.stop()));
  return code === 0 && !requests.good ? 1 : code;
}

/** The port itself if it is free, else another, which is said. */
async function portLike(transport: Transport, port: number, what: string, say: (text: string) => void): Promise<number> {
  const free = await transport.probeExclusive(ipAddress("127.0.0.1", port)).catch(() => null);
  if (free !== null) return port;
  const other = await transport.probeExclusive(ipAddress("127.0.0.1", 0));
  const chosen = other.kind === "ip" ? other.port : 0;
  say(`Port ${port} is in use: the ${what} takes ${chosen}.`);
  return chosen;
}

function introduction({ listener, admin, service1, service2 }: DemoPorts, once: boolean): string {
  const rows = [
    ...REQUESTS.map(({ path, says }) => [`curl -i http://127.0.0.1:${listener}${path}`, says] as const),
    [`curl http://127.0.0.1:${admin}/clusters`, "what the proxy knows of them"],
    [`legate health --admin 127.0.0.1:${admin}`, "is it ready?"],
  ] as const;
  const width = Math.max(...rows.map(([line]) => line.length));
  return [
    `The proxy listens at http://127.0.0.1:${listener}, its admin interface at http://127.0.0.1:${admin}.`,
    `Behind it are service1 (port ${service1}) and service2 (port ${service2}). The configuration is that of: legate init front-proxy.`,
    ...(once ? [] : ["Try:", "", ...rows.map(([line, says]) => `  ${line.padEnd(width)}   ${says}`), "", "Ctrl-C ends everything."]),
  ].join("\n");
}

/** Sends each request and prints its answer; whether all were right. */
async function showAnswers({ transport, clock }: Machine, address: SocketAddress, out: (text: string) => void): Promise<boolean> {
  let good = true;
  for (const request of REQUESTS) {
    const { text, right } = await ask({ dialer: transport.dialer, clock }, address, request);
    out(`\n$ curl -i http://${formatAddress(address)}${request.path}\n${text}`);
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
