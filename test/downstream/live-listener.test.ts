import { describe, expect, test } from "vitest";
import { type CompileContext, Registry } from "../../src/contract/extension.ts";
import { LiveListener } from "../../src/downstream/listener.ts";
import { compileListener, type ListenerPlan } from "../../src/downstream/listener-plan.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { ipAddress } from "../../src/platform/address.ts";
import type { Conn } from "../../src/platform/conn.ts";
import type { FilterChain, Listener } from "../../src/schema/generated/envoy/config/listener/v3.ts";
import { Ear, say } from "../contract/conn.suite.ts";
import { NetworkStage } from "../support/network-stage.ts";

const CONTEXT: CompileContext = {
  diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
  surroundings: { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: "", nodeId: "" },
};
const ECHO = { name: "echo", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo" } } as const;
const here: FilterChain = { name: "here", filter_chain_match: { source_prefix_ranges: [{ address_prefix: "0.0.0.0", prefix_len: 0 }] }, filters: [ECHO] };
const v6 = (name: string): FilterChain => ({ name, filter_chain_match: { source_prefix_ranges: [{ address_prefix: "2001:db8::", prefix_len: 32 }] }, filters: [ECHO] });
const listener = (chains: readonly FilterChain[], more: Partial<Listener> = {}): ListenerPlan =>
  compileListener({ name: "l", address: { socket_address: { address: "127.0.0.1", port_value: 7000 } }, stat_prefix: "l", filter_chains: chains, ...more }, CONTEXT) as ListenerPlan;

class World {
  readonly stage = new NetworkStage();
  live!: LiveListener;
  readonly gone: string[] = [];

  static async open(plan: ListenerPlan): Promise<World> {
    const world = new World();
    world.live = new LiveListener(plan, world.stage.env, "worker_0");
    await world.stage.network.transport.listen(ipAddress("127.0.0.1", 7000), { reusePort: false }, (conn) => world.live.accept(conn));
    return world;
  }

  async client(bytes = ""): Promise<[Ear, Conn]> {
    const ear = new Ear();
    const conn = this.stage.network.dialer.dial(ipAddress("127.0.0.1", 7000), ear, { timeoutMs: 1000, highWatermark: 0 });
    if (bytes !== "") say(conn, bytes);
    await this.settle();
    return [ear, conn];
  }

  update(plan: ListenerPlan): LiveListener {
    const before = this.live;
    this.live = new LiveListener(plan, this.stage.env, "worker_0", before);
    before.retire(1000, () => this.gone.push(before.plan.name));
    return before;
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await new Promise<void>((done) => setImmediate(done));
  }
}

describe("a live listener", () => {
  test("keeps a chain that an update does not change, with its connections", async () => {
    const world = await World.open(listener([here, v6("old")]));
    const [ear, conn] = await world.client("one");
    const before = world.update(listener([here, v6("new")]));
    expect([before.open, world.live.open, world.gone]).toEqual([0, 1, ["l"]]);
    say(conn, "two");
    await world.settle();
    expect(ear.text).toBe("onetwo");
    conn.close();
    await world.settle();
    expect(world.live.open).toBe(0);
  });

  test("lets go of a chain that changed when its connections have gone", async () => {
    const world = await World.open(listener([here, v6("x")]));
    const [ear, conn] = await world.client("one");
    const before = world.update(listener([{ ...here, name: "renamed" }, v6("x")]));
    expect([before.open, world.live.open, world.gone]).toEqual([1, 0, []]);
    conn.close();
    await world.settle();
    expect([before.open, world.gone, ear.causes]).toEqual([0, ["l"], ["local"]]);
  });

  test("keeps no chain where the listener itself changed", async () => {
    const world = await World.open(listener([here]));
    const [, conn] = await world.client("one");
    const before = world.update(listener([here], { per_connection_buffer_limit_bytes: 1000 }));
    expect([before.open, world.live.open]).toEqual([1, 0]);
    conn.close();
  });

  test("closes what no chain is for", async () => {
    const world = await World.open(listener([v6("only")]));
    const [ear] = await world.client();
    expect(ear.events).toEqual(["connect", "end"]);
    expect(world.live.open).toBe(0);
  });

  test("gives listener filters their time, and what they looked at to the chain", async () => {
    const http = { name: "h", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector" } } as const;
    const world = await World.open(listener([here], { listener_filters: [http], listener_filters_timeout: { seconds: 2, nanos: 0 } }));
    const [ear, conn] = await world.client("GET / HTT");
    expect([ear.bytes, world.live.open]).toEqual([0, 1]);
    say(conn, "P/1.1\r\n");
    await world.settle();
    expect(ear.text).toBe("GET / HTTP/1.1\r\n");
    const [late] = await world.client("GET ");
    world.stage.network.clock.advance(2100);
    await world.settle();
    expect(late.causes).toEqual(["reset"]);
    conn.reset();
  });
});
