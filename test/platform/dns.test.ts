import { createSocket } from "node:dgram";
import { expect, it } from "vitest";
import { chooseFamily } from "../../src/platform/dns.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { FakeResolver } from "../../src/platform/fake-dns.ts";
import { SystemResolver } from "../../src/platform/system-dns.ts";

it("families choose as Envoy's dns_lookup_family does", () => {
  const [v4, v6] = [["1.1.1.1"], ["::1"]];
  expect(chooseFamily(v4, v6, "AUTO")).toEqual(["::1"]);
  expect(chooseFamily(v4, [], "AUTO")).toEqual(["1.1.1.1"]);
  expect(chooseFamily(v4, v6, "V4_PREFERRED")).toEqual(["1.1.1.1"]);
  expect(chooseFamily([], v6, "V4_PREFERRED")).toEqual(["::1"]);
  expect(chooseFamily(v4, v6, "V4_ONLY")).toEqual(["1.1.1.1"]);
  expect(chooseFamily(v4, v6, "V6_ONLY")).toEqual(["::1"]);
  expect(chooseFamily(v4, v6, "ALL")).toEqual(["::1", "1.1.1.1"]);
});

it("an address answers itself, if it is of the family", async () => {
  const resolver = new SystemResolver(new FakeClock());
  expect(await resolver.resolve("10.1.2.3", "AUTO")).toEqual({ addresses: ["10.1.2.3"] });
  expect(await resolver.resolve("10.1.2.3", "V6_ONLY")).toMatchObject({ notFound: true });
  expect(await resolver.resolve("fe80::1", "ALL")).toEqual({ addresses: ["fe80::1"] });
});

it("localhost comes from the hosts file, also where a TTL was wanted", async () => {
  const resolver = new SystemResolver(new FakeClock());
  expect(await resolver.resolve("localhost", "V4_ONLY")).toMatchObject({ addresses: ["127.0.0.1"] });
  expect(await resolver.resolve("localhost", "V4_ONLY", { wantTtl: true })).toMatchObject({ addresses: ["127.0.0.1"] });
});

it("a silent name server is given up after timeoutMs, by the clock that was passed in", async () => {
  const silent = createSocket("udp4");
  await new Promise<void>((done) => silent.bind(0, "127.0.0.1", done));
  const clock = new FakeClock();
  const asked = new SystemResolver(clock, [`127.0.0.1:${silent.address().port}`]).resolve("x.test", "V4_ONLY", { timeoutMs: 250 });
  clock.advance(250);
  expect(await asked).toEqual({ error: "x.test: no answer within 250 ms", notFound: false });
  silent.close();
});

/** Answers every A question with 10.9.8.7 and 33 seconds, everything else with NXDOMAIN. */
function nameServer(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === 1 && !query.includes("missing");
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(isA ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 33, 0, 4, 10, 9, 8, 7]);
  return Buffer.concat([head, query.subarray(12, end), isA ? record : Buffer.alloc(0)]);
}

it("asks the given name servers and tells the TTL; a name they do not know is not found", async () => {
  const server = createSocket("udp4");
  server.on("message", (query, from) => server.send(nameServer(query), from.port, from.address));
  await new Promise<void>((done) => server.bind(0, "127.0.0.1", done));
  const resolver = new SystemResolver(new FakeClock(), [`127.0.0.1:${server.address().port}`]);
  expect(await resolver.resolve("here.test", "AUTO")).toEqual({ addresses: ["10.9.8.7"], ttlSeconds: 33 });
  expect(await resolver.resolve("missing.test", "V4_ONLY")).toMatchObject({ notFound: true });
  server.close();
});

it("the fake resolver answers, fails and knows nothing, as told", async () => {
  const fake = new FakeResolver();
  fake.set("a.test", ["10.0.0.1", "::1"], 5);
  fake.fail("b.test", "SERVFAIL");
  expect(await fake.resolve("a.test", "V4_ONLY")).toEqual({ addresses: ["10.0.0.1"], ttlSeconds: 5 });
  expect(await fake.resolve("b.test", "AUTO")).toEqual({ error: "SERVFAIL", notFound: false });
  expect(await fake.resolve("c.test", "AUTO")).toMatchObject({ notFound: true });
  expect(fake.asked).toEqual(["a.test", "b.test", "c.test"]);
});
