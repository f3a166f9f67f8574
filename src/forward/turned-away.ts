/** Requests that a cluster takes no notice of: it is in maintenance, or its assignment has a share of them dropped. */
import type { Cluster } from "../contract/cluster.ts";
import type { LocalReply } from "../contract/http-filter.ts";
import type { ResponseFlag } from "../contract/stream-info.ts";
import { nameId, X_ENVOY_OVERLOADED } from "../http/names.ts";
import type { Random } from "../platform/random.ts";
import { RQ_MAINTENANCE_MODE } from "../upstream/cluster-stats.ts";

const X_ENVOY_DROP_OVERLOAD = nameId("x-envoy-drop-overload");
const X_ENVOY_UNCONDITIONAL_DROP_OVERLOAD = nameId("x-envoy-unconditional-drop-overload");

/** Null: the request goes on. `marked`: the answer says in a header why. */
export function awayReply(cluster: Cluster, random: Random, marked: boolean): { readonly flag: ResponseFlag; readonly reply: LocalReply } | null {
  if (cluster.inMaintenance?.() === true) {
    cluster.stats.inc(RQ_MAINTENANCE_MODE);
    return { flag: "UO", reply: reply("maintenance mode", "maintenance_mode", X_ENVOY_OVERLOADED, marked) };
  }
  const share = cluster.dropShare ?? 0;
  if (share === 0) return null;
  if (share >= 1) return { flag: "UDO", reply: reply("unconditional drop overload", "unconditional_drop_overload", X_ENVOY_UNCONDITIONAL_DROP_OVERLOAD, marked) };
  return random.u32() < share * 0x1_0000_0000 ? { flag: "DO", reply: reply("drop overload", "drop_overload", X_ENVOY_DROP_OVERLOAD, marked) } : null;
}

function reply(body: string, details: string, header: number, marked: boolean): LocalReply {
  return { status: 503, body, details, ...(marked ? { modify: (headers) => headers.set(header, "true") } : {}) };
}
