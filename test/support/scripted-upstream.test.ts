import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RawClient } from "./raw-client.ts";
import { answering, once, ScriptedUpstream } from "./scripted-upstream.ts";
import { eventually } from "./waiting.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe("a raw client and a scripted upstream", () => {
  let upstream: ScriptedUpstream;
  let client: RawClient;
  beforeEach(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterEach(async () => {
    client.close();
    await upstream.stop();
  });

  async function converse(...sent: string[]): Promise<void> {
    client = await RawClient.open(upstream.port);
    for (const bytes of sent) client.send(bytes);
  }

  test("every request of a connection is answered and every byte recorded", async () => {
    upstream.play(answering(OK));
    await converse(REQUEST, REQUEST);
    expect(await client.responses(2, 2000)).toBe(true);
    expect(client.received).toBe(OK + OK);
    expect(upstream.connections.map((c) => c.received)).toEqual([REQUEST + REQUEST]);
    expect(client.state).toBe("open");
  });

  test("FIN is told from RST on either side", async () => {
    upstream.play(once({ await: "request" }, OK, { act: "end" }, { await: "close" }));
    await converse(REQUEST);
    await client.closed(2000);
    expect([client.state, client.received]).toEqual(["FIN", OK]);
    client.reset();
    expect(await eventually(() => upstream.connections[0]?.state === "RST", 2000)).toBe(true);
  });

  test("a reset by the script is a RST for the client", async () => {
    upstream.play(once({ await: "head" }, { act: "reset" }));
    await converse("POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n");
    await client.closed(2000);
    expect(client.state).toBe("RST");
  });

  test("a half-closed client still gets its answer", async () => {
    upstream.play(once({ await: "request" }, { await: "close" }, OK));
    await converse(REQUEST);
    client.end();
    expect(await client.responses(1, 2000)).toBe(true);
    expect([client.received, upstream.connections[0]?.state]).toEqual([OK, "FIN"]);
  });

  test("the n-th connection plays the n-th script, the last one serves the rest", async () => {
    upstream.play({ connections: [["one"], ["two"]] });
    for (const expected of ["one", "two", "two"]) {
      client = await RawClient.open(upstream.port);
      await client.text(expected, 2000);
      expect(client.received).toBe(expected);
      client.close();
    }
  });

  test("hanging up ends what is open and waits for the other side", async () => {
    upstream.play(answering(OK));
    await converse(REQUEST);
    await client.responses(1, 2000);
    const hungUp = upstream.hangUp(2000);
    await client.closed(2000);
    expect(client.state).toBe("FIN");
    client.close();
    await hungUp;
    expect(upstream.connections[0]?.state).toBe("FIN");
  });

  test("a connection that nobody takes is refused", async () => {
    await upstream.stop();
    await converse();
    expect(client.state).toBe("refused");
    upstream = await ScriptedUpstream.start();
  });
});
