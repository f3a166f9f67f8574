/** Ranges of addresses as a matcher of text: xds.core.v3.CidrRange lists, inverted or not. Values are `ip`, `ip:port` or `[ip]:port`. */
import { Cidr } from "../base/cidr.ts";
import { canonicalIp } from "../base/ip-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { AddressMatcher } from "../schema/generated/envoy/type/matcher/v3.ts";
import { withoutPort } from "./format/address-text.ts";
import type { StringMatcher } from "./string-matcher.ts";

export const honours = {
  "envoy.type.matcher.v3.AddressMatcher": ["ranges", "invert_match"],
  "xds.core.v3.CidrRange": ["address_prefix", "prefix_len"],
} as const;

class InRanges implements StringMatcher {
  private readonly ranges: readonly Cidr[];
  private readonly invert: boolean;
  private readonly text: string;

  constructor(ranges: readonly Cidr[], invert: boolean, text: string) {
    this.ranges = ranges;
    this.invert = invert;
    this.text = text;
  }

  /** What is no address matches neither way. */
  test(value: string): boolean {
    const ip = withoutPort(value);
    return canonicalIp(ip) !== null && this.ranges.some((range) => range.contains(ip)) !== this.invert;
  }

  describe(): string {
    return `is ${this.invert ? "not " : ""}an address in ${this.text}`;
  }
}

export function compileAddressMatcher(config: AddressMatcher, diagnostics: Diagnostics): StringMatcher {
  const ranges: Cidr[] = [];
  for (const range of config.ranges ?? []) {
    const cidr = Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0);
    if (cidr === null) diagnostics.report({ code: "LGT0571", at: range, key: "address_prefix", message: `malformed IP address: ${range.address_prefix ?? ""}` });
    else ranges.push(cidr);
  }
  const text = (config.ranges ?? []).map(({ address_prefix, prefix_len }) => `${address_prefix}/${prefix_len ?? 0}`).join(", ");
  return new InRanges(ranges, config.invert_match === true, text);
}
