/** What requests ask of the connections that carry them: names in TLS (`auto_sni`, `auto_san_validation`), the client's address for a PROXY header. */
import { canonicalIp } from "../base/ip-text.ts";
import type { PoolRequest } from "../contract/cluster.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import { formatAddress } from "../platform/address.ts";
import type { Dialer, DialOptions } from "../platform/conn.ts";
import type { UpstreamHttpProtocolOptions } from "../schema/generated/envoy/config/core/v3.ts";

export type PeerWishes = Pick<DialOptions, "serverName" | "acceptedNames" | "client">;

export interface NamePlan {
  readonly sni: boolean;
  readonly san: boolean;
  /** Id of the header that is read in place of the authority. */
  readonly header: number | null;
}

export const honours = {
  "envoy.config.core.v3.UpstreamHttpProtocolOptions": ["auto_sni", "auto_san_validation", "override_auto_sni_header"],
} as const;

/** Null: requests have no say. */
export function compileNames(options: UpstreamHttpProtocolOptions | undefined): NamePlan | null {
  if (options?.auto_sni !== true && options?.auto_san_validation !== true) return null;
  const header = options.override_auto_sni_header ?? "";
  return { sni: options.auto_sni === true, san: options.auto_san_validation === true, header: header === "" ? null : nameId(header.toLowerCase()) };
}

/** Null: any connection will do. `key`: connections of one key serve each other's requests. */
export function wishesOf(request: PoolRequest | undefined, names: NamePlan | null, perClient: boolean): { readonly key: string; readonly wishes: PeerWishes } | null {
  if (request === undefined || (names === null && !perClient)) return null;
  const host = names === null || request.requestHeaders === undefined ? "" : hostOf(request.requestHeaders, names);
  const serverName = names?.sni === true && canonicalIp(host) === null ? host : undefined;
  const acceptedNames = names?.san === true ? [host] : undefined;
  const { downstream } = request;
  const client = perClient && downstream !== undefined ? { remote: downstream.remote, local: downstream.local } : undefined;
  const place = client === undefined ? "" : `${formatAddress(client.remote)} ${formatAddress(client.local)}`;
  return { key: `${serverName ?? ""} ${acceptedNames?.[0] ?? ""} ${place}`, wishes: { serverName, acceptedNames, client } };
}

/** A dialer for requests with these wishes. */
export function wishing(dialer: Dialer, wishes: PeerWishes): Dialer {
  return { dial: (target, handler, options) => dialer.dial(target, handler, { ...options, ...wishes }) };
}

/** The authority without its port, or brackets. */
function hostOf(headers: HeaderBlock, { header }: NamePlan): string {
  const text = (header === null ? null : headers.get(header)) || (headers.authority ?? "");
  const [, bracketed, bare] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(text) ?? [];
  return bracketed ?? bare ?? text;
}
