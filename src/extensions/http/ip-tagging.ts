/** Names the client's address in `x-envoy-ip-tags`, or another header, by the ranges it lies in. */
import { CidrIndex } from "../../base/cidr-index.ts";
import { toWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId, X_ENVOY_INTERNAL, X_ENVOY_IP_TAGS } from "../../http/names.ts";
import { draws } from "../../match/runtime-value.ts";
import { ALL_OF_IT } from "../../match/fraction.ts";
import type { IPTagging, IPTagging_RequestType } from "../../schema/generated/envoy/extensions/filters/http/ip_tagging/v3.ts";
import type { StatShape } from "../../stats/shape.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.ip_tagging.v3.IPTagging";

interface TaggingPlan {
  readonly requests: IPTagging_RequestType;
  readonly index: CidrIndex<string>;
  /** 0: `x-envoy-ip-tags`, which is only ever added to. */
  readonly header: number;
  readonly appends: boolean;
  readonly shape: StatShape;
}

function compileTagging(config: IPTagging): TaggingPlan {
  const index = new CidrIndex<string>();
  const names = new Set<string>();
  for (const { ip_tag_name: name = "", ip_list: ranges = [] } of config.ip_tags ?? []) {
    names.add(toWire(name));
    for (const range of ranges) index.add(range.address_prefix ?? "", range.prefix_len ?? 0, toWire(name));
  }
  const { header = "", action } = config.ip_tag_header ?? {};
  return {
    requests: config.request_type ?? "BOTH", index, header: header === "" ? 0 : nameId(header), appends: action === "APPEND_IF_EXISTS_OR_ADD",
    shape: statLayout({ counters: ["total", "no_hit", ...[...names].map((name) => `${name}.hit`)] }),
  };
}

class IpTaggingFilter implements HttpFilter {
  private readonly plan: TaggingPlan;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly handle: StreamHandle;

  constructor(plan: TaggingPlan, env: Env, stats: StatBlock, handle: StreamHandle) {
    this.plan = plan;
    this.env = env;
    this.stats = stats;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const { plan, stats, env } = this;
    const internal = headers.get(X_ENVOY_INTERNAL) === "true";
    if (plan.requests === (internal ? "EXTERNAL" : "INTERNAL") || !draws("ip_tagging.http_filter_enabled", ALL_OF_IT, env.runtime, env.random)) return Continue;
    const { remote } = this.handle.info;
    const tags = remote.kind === "ip" ? plan.index.valuesOf(remote.ip) : [];
    this.apply(headers, tags);
    for (const tag of tags) stats.inc(placeIn(plan.shape, `${tag}.hit`));
    if (tags.length === 0) stats.inc(placeIn(plan.shape, "no_hit"));
    stats.inc(placeIn(plan.shape, "total"));
    return Continue;
  }

  private apply(headers: HeaderBlock, tags: readonly string[]): void {
    const { header, appends } = this.plan;
    if (tags.length === 0) {
      if (header !== 0 && !appends && headers.remove(header) > 0) this.handle.clearRouteCache();
      return;
    }
    const joined = tags.join(",");
    if (header === 0) headers.appendAny(X_ENVOY_IP_TAGS, joined);
    else if (appends) headers.appendAny(header, joined);
    else headers.replace(header, joined);
    this.handle.clearRouteCache();
  }
}

export const ipTagging = defineExtension<"envoy.filters.http", IPTagging>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.ip_tagging",
  config: PACKAGE,
  offline: true,
  honours: { [PACKAGE]: ["request_type", "ip_tags", "ip_tag_header"], [`${PACKAGE}.IPTag`]: ["ip_tag_name", "ip_list"], [`${PACKAGE}.IpTagHeader`]: ["header", "action"], "envoy.config.core.v3.CidrRange": ["address_prefix", "prefix_len"] },
  compile(config, { statPrefix }) {
    const plan = compileTagging(config);
    return {
      open(env) {
        const stats = env.stats.block(`${statPrefix}ip_tagging.`, plan.shape);
        return (handle) => new IpTaggingFilter(plan, env, stats, handle);
      },
    };
  },
});
