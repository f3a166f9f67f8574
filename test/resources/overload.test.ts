import { expect, test } from "vitest";
import { checkMonitors, connectionLimit } from "../../src/resources/overload.ts";
import type { Bootstrap } from "../../src/schema/generated/envoy/config/bootstrap/v3.ts";

const monitor = (type: string, more: object): object => ({ name: "m", typed_config: { "@type": `type.googleapis.com/envoy.extensions.resource_monitors.${type}`, ...more } });
const CONNECTIONS = monitor("downstream_connections.v3.DownstreamConnectionsConfig", { max_active_downstream_connections: "7" });
const HEAP = monitor("fixed_heap.v3.FixedHeapConfig", { max_heap_size_bytes: "1" });
const bootstrap = (...monitors: object[]): Bootstrap => ({ overload_manager: { resource_monitors: monitors } }) as Bootstrap;

test("the monitor of connections gives its limit, others are said to be not done", () => {
  const said: string[] = [];
  const both = bootstrap(HEAP, CONNECTIONS);
  checkMonitors(both, { report: ({ code, at, key }) => void said.push(`${code} ${at === HEAP} ${key}`) });
  expect([connectionLimit(both), connectionLimit({}), connectionLimit(bootstrap(HEAP)), said]).toEqual([7, undefined, undefined, ["LGT0901 true typed_config"]]);
});
