import { createServer } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { ja3, ja4 } from "../../src/codec/client-fingerprint.ts";
import { type ClientHello, readClientHello } from "../../src/codec/client-hello.ts";
import { md5 } from "../../src/platform/digest.ts";

/** What a real client sends first. */
function helloOf(options: ConnectionOptions): Promise<Buffer> {
  return new Promise((done) => {
    const server = createServer((socket) => {
      socket.once("data", (bytes) => {
        socket.destroy();
        server.close();
        done(bytes as Buffer);
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connect({ port, host: "127.0.0.1", ...options }).on("error", () => {});
    });
  });
}

function read(bytes: Buffer): ClientHello {
  const hello = readClientHello(bytes);
  if (typeof hello === "string") throw new Error(hello);
  return hello;
}

const u16 = (n: number): number[] => [n >> 8, n & 255];
const vector = (octets: 1 | 2, body: readonly number[]): number[] => [...(octets === 1 ? [body.length] : u16(body.length)), ...body];
const extension = (type: number, body: readonly number[]): number[] => [...u16(type), ...vector(2, body)];

/** A ClientHello by hand. */
function made(extensions: readonly number[], ciphers: readonly number[] = [0x1301, 0x0a0a, 0xc02b]): Buffer {
  const body = [3, 3, ...Array.from({ length: 32 }, () => 7), 0, ...vector(2, ciphers.flatMap(u16)), ...vector(1, [0]), ...vector(2, extensions)];
  const message = [1, 0, ...u16(body.length), ...body];
  return Buffer.from([22, 3, 1, ...u16(message.length), ...message]);
}

const SNI = extension(0, vector(2, [0, ...vector(2, [...Buffer.from("A.Test")])]));
const ALPN = extension(16, vector(2, [...vector(1, [...Buffer.from("h2")]), ...vector(1, [...Buffer.from("http/1.1")])]));

describe("the ClientHello", () => {
  it("of a real client is read in any number of pieces", async () => {
    const bytes = await helloOf({ servername: "Www.A.test", ALPNProtocols: ["h2", "http/1.1"] });
    expect(read(bytes)).toMatchObject({ serverName: "www.a.test", protocols: ["h2", "http/1.1"], version: 0x0303 });
    expect(read(bytes).supportedVersions).toContain(0x0304);
    for (let length = 0; length < bytes.length; length++) expect(readClientHello(bytes.subarray(0, length)), String(length)).toBe("more");
    expect(read(Buffer.concat([bytes, Buffer.from("more")])).serverName).toBe("www.a.test");
  });

  it("may come in several records", async () => {
    const bytes = made([...SNI, ...ALPN]);
    const message = bytes.subarray(5);
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += 7) {
      const part = message.subarray(at, at + 7);
      records.push(Buffer.from([22, 3, 1, 0, part.length]), part);
    }
    const split = Buffer.concat(records);
    expect(read(split)).toEqual(read(bytes));
    for (let length = 0; length < split.length; length++) expect(readClientHello(split.subarray(0, length)), String(length)).toBe("more");
  });

  it("without extensions has neither name nor protocols", () => {
    expect(read(made([]))).toMatchObject({ serverName: "", hasServerName: false, protocols: undefined, ciphers: [0x1301, 0x0a0a, 0xc02b], supportedVersions: undefined });
  });

  it.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")], ["another record", Buffer.from([23, 3, 3, 0, 1, 0])], ["another message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ["an empty record", Buffer.from([22, 3, 1, 0, 0])], ["a huge message", Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])], ["SSL 2", Buffer.from([0x80, 0x2e, 1, 3, 1])],
    ["the same extension twice", made([...SNI, ...SNI])], ["a name that reaches beyond its end", made(extension(0, [0, 9, 0, 0, 20, 65]))], ["no ciphers", made([], [])],
    ["an extension that reaches beyond its end", made([0, 16, 0, 200, 1])],
  ])("%s is none", (_what, bytes) => {
    expect(readClientHello(bytes)).toBe("no");
  });

  it("survives any damage (every byte flipped, every length)", () => {
    const bytes = made([...SNI, ...ALPN, ...extension(10, vector(2, u16(29))), ...extension(43, vector(1, u16(0x304)))]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      expect(() => readClientHello(damaged)).not.toThrow();
    }
  });

  it("has fingerprints: GREASE is left out, JA4 sorts", () => {
    const extensions = [...extension(0x1a1a, []), ...SNI, ...ALPN, ...extension(10, vector(2, [29, 23].flatMap(u16))), ...extension(11, vector(1, [0])), ...extension(13, vector(2, u16(0x0403))), ...extension(43, vector(1, u16(0x304)))];
    const hello = read(made(extensions));
    expect(ja3(hello)).toBe(md5("771,4865-49195,0-16-10-11-13-43,29-23,0").toString("hex"));
    expect(ja4(hello)).toMatch(/^t13d0206h2_[0-9a-f]{12}_[0-9a-f]{12}$/);
    expect(ja4(read(made([], [0xc02b])))).toMatch(/^t12i010000_[0-9a-f]{12}_000000000000$/);
  });
});
