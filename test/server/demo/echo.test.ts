import { expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import type { Conn } from "../../../src/platform/conn.ts";
import { openEcho } from "../../../src/server/demo/echo.ts";
import { exchange, type ExchangeAnswer } from "../../../src/server/health/exchange.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";

async function asked(method: string, body = "", ...more: (readonly [string, string])[]): Promise<ExchangeAnswer> {
  const network = new MemoryNetwork();
  const { address } = await openEcho(network.transport, "service1");
  const length = body === "" ? [] : [["content-length", String(body.length)] as const];
  const head = HeaderBlock.of([[":method", method], [":path", "/a?b"], [":authority", "me"], ["x-a", "1"], ...length, ...more]);
  return network.after(exchange(network, { address, head, body: Buffer.from(body), timeoutMs: 1000, keepBytes: 1000 }));
}

const bodyOf = (answer: ExchangeAnswer): string => ("failure" in answer ? answer.failure : answer.body.toString());
const statusOf = (answer: ExchangeAnswer): number => ("failure" in answer ? 0 : answer.head.status);

test("a service says who it is and what it was asked", async () => {
  const answer = await asked("GET");
  expect(bodyOf(answer)).toBe("Hello from service1! You asked: GET /a?b\n  host: me\n  x-a: 1\n");
  expect("failure" in answer ? "" : answer.head.getNamed("x-served-by")).toBe("service1");
});

test("a body is counted, HEAD has none, and no tunnel is opened", async () => {
  expect(bodyOf(await asked("POST", "hello"))).toContain("  and sent a body of 5 bytes\n");
  const head = await asked("HEAD");
  expect([statusOf(head), bodyOf(head)]).toEqual([200, ""]);
  expect(statusOf(await asked("GET", "", ["connection", "upgrade"], ["upgrade", "websocket"]))).toBe(501);
});

test("one connection carries requests one after another; bad ones are answered and end it", async () => {
  const network = new MemoryNetwork();
  const { address } = await openEcho(network.transport, "s");
  let received = "";
  const over = new Promise<string>((done) => {
    const request = "GET /1 HTTP/1.1\r\nhost: h\r\n\r\n";
    const conn: Conn = network.transport.dial(address, {
      onConnect: (c) => void c.write(Buffer.from(`${request}${request.replace("/1", "/2")}nonsense\r\n\r\n`), 0, request.length * 2 + 12),
      onData: (_, chunk) => { received += chunk.toString(); },
      onDrain: () => undefined, onEnd: (c) => c.close(), onClose: (_, cause) => done(cause),
    }, { timeoutMs: 1000, highWatermark: 0 });
    expect(conn.writable).toBe(true);
  });
  await network.after(over);
  expect(received.match(/^HTTP\/1\.1 \d+|You asked: GET \S+/gm)).toEqual(["HTTP/1.1 200", "You asked: GET /1", "HTTP/1.1 200", "You asked: GET /2", "HTTP/1.1 400"]);
});
