import { describe, expect, test } from "vitest";
import { answer } from "../support/bootstrap.ts";
import { type Peer, ProxyWorld } from "../support/proxy-world.ts";

const code = (op: string, value: number): object => ({ status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: "k" } } } });
const routes = [answer("/two", 200, "two"), answer("/four", 404), answer("/five", 503, "five")];

async function replies(config: object, ...paths: string[]): Promise<Peer> {
  const world = await ProxyWorld.open({ manager: { local_reply_config: config as never }, routes });
  const client = await world.client();
  for (const path of paths) {
    client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await world.settle();
  }
  return client;
}

describe("local_reply_config", () => {
  test("the first mapper whose filter agrees changes status, body and headers", async () => {
    const client = await replies({
      mappers: [
        { filter: code("GE", 500), status_code: 599, body: { inline_string: "mapped" }, headers_to_add: [{ header: { key: "x-m", value: "%RESPONSE_CODE%" } }] },
        { filter: code("GE", 400), status_code: 410 },
      ],
    }, "/two", "/four", "/five");
    expect(client.statuses).toEqual([200, 410, 599]);
    expect(client.received).toMatch(/x-m: 503\r\n[^]*mapped$/);
  });

  test("the body is formatted, by the mapper's format or the general one, with its type", async () => {
    const config = { mappers: [{ filter: code("EQ", 404), body_format_override: { json_format: { path: "%REQ(:path)%" } } }], body_format: { text_format: "<%LOCAL_REPLY_BODY%>", content_type: "text/html" } };
    const client = await replies(config, "/five", "/four");
    expect(client.received).toMatch(/content-type: text\/html\r\n[^]*<five>[^]*content-type: application\/json\r\n[^]*\{"path":"\/four"\}\n$/);
  });

  test("an emptied body has neither length nor type", async () => {
    const client = await replies({ mappers: [{ filter: code("GE", 0), body: { inline_string: "" } }] }, "/five");
    expect(client.received).toMatch(/^HTTP\/1\.1 503 [^]*content-length: 0\r\n[^]*$/);
    expect(client.received).not.toContain("content-type");
  });

  test("answers of the codec are changed too", async () => {
    const world = await ProxyWorld.open({ manager: { local_reply_config: { body_format: { text_format: "[%RESPONSE_CODE% %RESPONSE_FLAGS%]" } } as never } });
    const client = await world.client();
    client.send("BAD\r\n\r\n");
    await world.settle();
    expect(client.received).toMatch(/^HTTP\/1\.1 400 [^]*\[400 -\]$/);
    expect(world.log[0]).toContain(" 400 DPE ");
  });
});
