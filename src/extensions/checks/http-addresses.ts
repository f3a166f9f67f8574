/** Filters that look at addresses and ports. */
import { Cidr } from "../../base/cidr.ts";
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { CidrRange } from "../../schema/generated/envoy/config/core/v3.ts";

function checkRange(range: CidrRange | undefined, refuse: Refuse): void {
  if (range !== undefined && Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0) === null) refuse(range, "address_prefix", `'${range.address_prefix ?? ""}' is not an IP address`);
}

export const HTTP_ADDRESSES_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.ip_tagging.v3.IPTagging", (config, refuse) => {
    for (const tag of config.ip_tags ?? []) for (const range of tag.ip_list ?? []) checkRange(range, refuse);
    const tags = (config.ip_tags ?? []).length > 0;
    if (tags === (config.ip_tags_datasource !== undefined)) refuse(config, undefined, "exactly one of ip_tags and ip_tags_datasource must be set");
  }),
  refusals("LGT0406", "envoy.config.rbac.v3.Permission", (permission, refuse) => {
    checkRange(permission.destination_ip, refuse);
    const range = permission.destination_port_range;
    if (range !== undefined && (range.start ?? 0) >= (range.end ?? 0)) refuse(range, "start", "start must be below end");
  }),
  refusals("LGT0406", "envoy.config.rbac.v3.Principal", (principal, refuse) => {
    for (const range of [principal.source_ip, principal.direct_remote_ip, principal.remote_ip]) checkRange(range, refuse);
  }),
  refusals("LGT0406", "xds.type.matcher.v3.IPMatcher.IPRangeMatcher", (matcher, refuse) => {
    for (const range of matcher.ranges ?? []) checkRange(range, refuse);
  }),
];
