import { describe, expect, test } from "vitest";
import { forward } from "../../support/bootstrap.ts";
import { fault } from "../../../src/extensions/http/fault.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const ALL = { percentage: { numerator: 100 } };

httpFilterSuite("fault that befalls nobody", () => ({ entry: filterEntry(fault, { abort: { http_status: 503 } }) }));

async function open(config: object): Promise<ProxyWorld> {
  const http_filters = [{ name: "f", typed_config: { "@type": `${TYPE}.fault.v3.HTTPFault`, ...config } }, { name: "r", typed_config: { "@type": `${TYPE}.router.v3.Router` } }];
  return ProxyWorld.open({ manager: { http_filters }, routes: [forward("/", "u")] });
}

describe("faults", () => {
  test("an abort answers instead of the upstream", async () => {
    const world = await open({ abort: { http_status: 418, ...ALL } });
    const client = await world.asking();
    expect([client.statuses, world.upstreams.length, world.stat("http.front.fault.aborts_injected"), world.stat("http.front.fault.active_faults")]).toEqual([[418], 0, 1, 0]);
    expect(world.bugs).toEqual([]);
  });

  test("a delay holds the request back; then it goes on whole", async () => {
    const world = await open({ delay: { fixed_delay: "1s", ...ALL } });
    const client = await world.client();
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc");
    await world.settle();
    expect([world.upstreams.length, world.stat("http.front.fault.active_faults")]).toEqual([0, 1]);
    await world.pass(1250);
    expect(world.upstream().received).toContain("\r\n\r\nabc");
    await world.answer();
    expect([client.statuses, world.stat("http.front.fault.active_faults"), world.log[0]?.includes(" DI ")]).toEqual([[200], 0, true]);
  });

  test("a client that leaves takes its fault with it, and the next finds room again", async () => {
    const world = await open({ delay: { fixed_delay: "5s", ...ALL }, max_active_faults: 1 });
    const client = await world.asking();
    await world.asking();
    expect([world.stat("http.front.fault.faults_overflow"), world.upstreams.length]).toEqual([1, 1]);
    client.conn.close();
    await world.settle();
    expect(world.stat("http.front.fault.active_faults")).toBe(0);
    await world.asking();
    expect([world.stat("http.front.fault.delays_injected"), world.stat("http.front.fault.active_faults")]).toEqual([2, 1]);
  });

  test("a limited response comes bit by bit, and its sender waits meanwhile", async () => {
    const world = await open({ response_rate_limit: { fixed_limit: { limit_kbps: 1 }, ...ALL } });
    const client = await world.asking();
    await world.answer("x".repeat(2000));
    await world.pass(250);
    const early = client.received.length;
    await world.pass(2000);
    expect([early < 1000, client.received.endsWith("x".repeat(2000)), world.stat("http.front.fault.response_rl_injected")]).toEqual([true, true, 1]);
    expect(world.bugs).toEqual([]);
  });
});
