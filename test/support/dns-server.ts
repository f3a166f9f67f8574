import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";

/** What a name has: addresses, an error code (3: no such name, 2: server failure), or no answer at all. */
export type DnsZone = { readonly addresses: readonly string[]; readonly ttl?: number; readonly truncated?: boolean } | { readonly code: number } | "silent";

/** A name server on 127.0.0.1, over UDP and TCP at one port, that answers what a test says. */
export class DnsServer {
  readonly zones = new Map<string, DnsZone>();
  /** Names that were asked for, `TYPE NAME over PROTOCOL`. */
  readonly asked: string[] = [];
  readonly port: number;
  readonly #udp: Socket;
  readonly #tcp: Server;

  private constructor(udp: Socket, tcp: Server, port: number) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = port;
  }

  static async start(): Promise<DnsServer> {
    const tcp = createServer();
    await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket("udp4");
    await new Promise<void>((done) => udp.bind(port, "127.0.0.1", done));
    const server = new DnsServer(udp, tcp, port);
    udp.on("message", (query, from) => {
      const answer = server.answer(query, "udp");
      if (answer !== null) udp.send(answer, from.port, from.address);
    });
    tcp.on("connection", (socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (data: Buffer) => {
        const answer = server.answer(data.subarray(2), "tcp");
        if (answer !== null) socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
      });
    });
    return server;
  }

  async stop(): Promise<void> {
    this.#udp.close();
    await new Promise((done) => this.#tcp.close(done));
  }

  private answer(query: Buffer, protocol: "udp" | "tcp"): Buffer | null {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join(".").toLowerCase();
    this.asked.push(`${type === 1 ? "A" : type === 28 ? "AAAA" : type} ${name} over ${protocol}`);
    const zone = this.zones.get(name) ?? { code: 3 };
    if (zone === "silent") return null;
    const question = query.subarray(12, at + 5);
    if ("code" in zone) return Buffer.concat([head(query, zone.code, 0, false), question]);
    const cut = zone.truncated === true && protocol === "udp";
    const records = cut || type !== 1 ? [] : zone.addresses.map((address) => record(address, zone.ttl ?? 60));
    return Buffer.concat([head(query, 0, records.length, cut), question, ...records]);
  }
}

function head(query: Buffer, code: number, answers: number, truncated: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  query.copy(bytes, 0, 0, 2);
  bytes.writeUInt16BE(0x8180 | (truncated ? 0x0200 : 0) | code, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

function record(address: string, ttl: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xc00c, 0); // the question's name
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttl, 6);
  bytes.writeUInt16BE(4, 10);
  address.split(".").forEach((part, i) => (bytes[12 + i] = Number(part)));
  return bytes;
}
