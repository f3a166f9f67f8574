/** `original_ip_detection_extensions`: ways to find out who the client is, where the peer is a proxy (Envoy's OriginalIPDetection). */
import { Cidr } from "../base/cidr.ts";
import { canonicalIp } from "../base/ip-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId, X_FORWARDED_FOR } from "../http/names.ts";
import { ipAddress, type SocketAddress } from "../platform/address.ts";
import type { TypedExtensionConfig } from "../schema/generated/envoy/config/core/v3.ts";
import type { CustomHeaderConfig } from "../schema/generated/envoy/extensions/http/original_ip_detection/custom_header/v3.ts";
import type { XffConfig } from "../schema/generated/envoy/extensions/http/original_ip_detection/xff/v3.ts";
import { V3 } from "../schema/table.ts";
import { lastAddressOfXff } from "./forwarded-for.ts";

const PACKAGE = "envoy.extensions.http.original_ip_detection";
const XFF = `${PACKAGE}.xff.v3.XffConfig`;
const CUSTOM_HEADER = `${PACKAGE}.custom_header.v3.CustomHeaderConfig`;

export const honours = {
  [XFF]: ["xff_num_trusted_hops", "xff_trusted_cidrs", "skip_xff_append"],
  [`${PACKAGE}.xff.v3.XffTrustedCidrs`]: ["cidrs"],
  [CUSTOM_HEADER]: ["header_name", "allow_extension_to_set_address_as_trusted", "reject_with_status"],
  "envoy.type.v3.HttpStatus": ["code"],
};

export interface Detected {
  readonly address: SocketAddress | null;
  /** The address may count as internal. */
  readonly trusted: boolean;
  readonly appendXff: boolean;
  /** The request is refused with this status; 0: it is not. */
  readonly refuse: number;
}

export type AddressDetector = (headers: HeaderBlock, remote: SocketAddress) => Detected;

/** In the order in which they are asked. One that is not known is reported and left out. */
export function compileDetectors(configs: readonly TypedExtensionConfig[] | undefined, diagnostics: Diagnostics): AddressDetector[] {
  const detectors: AddressDetector[] = [];
  for (const config of configs ?? []) {
    const type = config.typed_config?.["@type"];
    if (type === `type.googleapis.com/${XFF}`) detectors.push(byXff(config.typed_config as XffConfig));
    else if (type === `type.googleapis.com/${CUSTOM_HEADER}`) detectors.push(byHeader(config.typed_config as CustomHeaderConfig));
    else diagnostics.report({ code: "LGT0901", at: config, key: "typed_config", message: "legate finds the client's address by xff and custom_header only" });
  }
  return detectors;
}

function byXff(config: XffConfig): AddressDetector {
  const { xff_num_trusted_hops: hops = 0, skip_xff_append: skip = true } = config;
  const trusted = (config.xff_trusted_cidrs?.cidrs ?? []).map((range) => Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0)).filter((cidr) => cidr !== null);
  const isTrusted = (ip: string): boolean => trusted.some((cidr) => cidr.contains(ip));
  return (headers, remote) => {
    if (trusted.length > 0 && (remote.kind !== "ip" || !isTrusted(remote.ip))) return { address: null, trusted: false, appendXff: true, refuse: 0 };
    const found = trusted.length > 0 ? lastUntrusted(headers.get(X_FORWARDED_FOR) ?? "", isTrusted) : lastAddressOfXff(headers.get(X_FORWARDED_FOR), hops);
    return { address: found.address, trusted: found.alone, appendXff: !skip, refuse: 0 };
  };
}

const MOST_ENTRIES = 20;
const NONE = { address: null, alone: false } as const;

/** The last address that is not of a trusted proxy; the first of all, where all are. */
function lastUntrusted(xff: string, isTrusted: (ip: string) => boolean): { readonly address: SocketAddress | null; readonly alone: boolean } {
  const entries = xff.split(",");
  if (entries.length > MOST_ENTRIES) return NONE;
  let found: string | null = null;
  for (const entry of entries.toReversed()) {
    found = canonicalIp(entry.trim());
    if (found === null) return NONE;
    if (!isTrusted(found)) break;
  }
  return found === null ? NONE : { address: ipAddress(found, 0), alone: entries.length === 1 };
}

const FORBIDDEN = 403;

function byHeader(config: CustomHeaderConfig): AddressDetector {
  const id = nameId(config.header_name ?? "");
  const trusted = config.allow_extension_to_set_address_as_trusted === true;
  const refuse = config.reject_with_status === undefined ? 0 : errorStatus(config.reject_with_status.code);
  return (headers) => {
    const ip = canonicalIp(headers.get(id) ?? "");
    return ip === null ? { address: null, trusted: false, appendXff: false, refuse } : { address: ipAddress(ip, 0), trusted, appendXff: false, refuse: 0 };
  };
}

/** The status is an enum by name; only errors are taken. */
function errorStatus(name: string | number | undefined): number {
  const code = typeof name === "number" ? name : (V3.enumeration("envoy.type.v3.StatusCode")?.byName.get(name ?? "") ?? 0);
  return code >= 400 && code < 600 ? code : FORBIDDEN;
}
