/** Matchers of matcher trees. */
import { Cidr } from "../../base/cidr.ts";
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { CidrRange } from "../../schema/generated/envoy/config/core/v3.ts";

function checkRanges(ranges: readonly CidrRange[] | undefined, refuse: Refuse): void {
  for (const range of ranges ?? []) if (Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0) === null) refuse(range, "address_prefix", `'${range.address_prefix ?? ""}' is not an IP address`);
}

/** Of an action at least the type must be given; which types fit depends on who matches. */
function checkAction(match: { readonly action?: { readonly name?: string; readonly typed_config?: { readonly "@type"?: string } } }, refuse: Refuse): void {
  const action = match.action;
  if (action?.typed_config !== undefined && (action.typed_config["@type"] ?? "") === "") refuse(action, "typed_config", `the action '${action.name ?? ""}' has no type`);
}

export const MATCHER_INPUTS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing", (config, refuse) => {
    if ((config.threshold ?? 0) > (config.modulo ?? 0)) refuse(config, "threshold", `threshold cannot be greater than modulo: ${config.threshold} > ${config.modulo ?? 0}`);
  }),
  refusals("LGT0406", "xds.type.matcher.v3.Matcher.OnMatch", checkAction),
  refusals("LGT0406", "envoy.config.common.matcher.v3.Matcher.OnMatch", checkAction),
  refusals("LGT0406", "envoy.extensions.matching.input_matchers.ip.v3.Ip", (config, refuse) => checkRanges(config.cidr_ranges, refuse)),
];
