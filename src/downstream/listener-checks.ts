/** What Envoy rejects about a listener besides its chains (envoy-semantics 13.8). */
import { canonicalIp, ipv6Groups } from "../base/ip-text.ts";
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import { extensionByType } from "../schema/extensions.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Address } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { typeOf } from "../schema/table.ts";

const INTERNAL_LISTENER = "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";

function addressesOf(listener: Listener): Address[] {
  return [listener.address, ...(listener.additional_addresses ?? []).map((more) => more.address)].filter((address) => address !== undefined);
}

const isUdp = (address: Address): boolean => address.socket_address?.protocol === "UDP";

function checkInternal(listener: Listener, bootstrap: Bootstrap | undefined, refuse: Refuse): void {
  const name = listener.name ?? "";
  if (listener.internal_listener === undefined) {
    const internal = addressesOf(listener).find((address) => address.envoy_internal_address !== undefined);
    if (internal !== undefined && listener.api_listener === undefined) refuse(internal, "envoy_internal_address", `listener '${name}' must be made internal by internal_listener, not by its address`);
    return;
  }
  if (listener.api_listener !== undefined) refuse(listener, "internal_listener", "api_listener and internal_listener cannot both be set");
  if (addressesOf(listener).length > 0) refuse(listener, "internal_listener", "an internal listener has no address");
  if ((listener.filter_chains ?? []).length === 0 && listener.default_filter_chain === undefined) refuse(listener, undefined, `listener '${name}' has no filter chains`);
  const unfit = unfitForInternal(listener);
  if (unfit !== undefined) refuse(listener, unfit, `${unfit} is not for internal listeners`);
  const extensions = bootstrap?.bootstrap_extensions ?? [];
  if (bootstrap !== undefined && !extensions.some((extension) => extension.typed_config?.["@type"] === INTERNAL_LISTENER)) {
    refuse(listener, "internal_listener", "an internal listener needs the bootstrap extension InternalListener");
  }
}

function unfitForInternal(listener: Listener): keyof Listener | undefined {
  const set = {
    connection_balance_config: listener.connection_balance_config?.exact_balance !== undefined,
    enable_mptcp: listener.enable_mptcp === true,
    enable_reuse_port: listener.enable_reuse_port !== undefined,
    freebind: listener.freebind === true,
    tcp_backlog_size: listener.tcp_backlog_size !== undefined,
    tcp_fast_open_queue_length: listener.tcp_fast_open_queue_length !== undefined,
    transparent: listener.transparent === true,
    socket_options: (listener.socket_options ?? []).length > 0,
  };
  return (Object.keys(set) as (keyof typeof set)[]).find((key) => set[key]);
}

function checkAddresses(listener: Listener, refuse: Refuse): void {
  const addresses = addressesOf(listener);
  const other = addresses.find((address) => isUdp(address) !== isUdp(addresses[0] as Address));
  if (other !== undefined) refuse(other, "socket_address", "all addresses of a listener must be of one protocol");
  for (const address of addresses) {
    const socket = address.socket_address;
    if (socket?.ipv4_compat === true && !mayTakeIpv4(socket.address ?? "")) refuse(socket, "ipv4_compat", "only the address :: or an IPv4-mapped IPv6 address can set ipv4_compat");
  }
  if (listener.enable_mptcp !== true) return;
  if (addresses.some(isUdp)) refuse(listener, "enable_mptcp", "enable_mptcp can only be used with TCP listeners");
  else if (addresses.some((address) => address.socket_address === undefined)) refuse(listener, "enable_mptcp", "enable_mptcp can only be used with IP addresses");
}

/** `::` or `::ffff:a.b.c.d`; what is no IPv6 address at all is reported elsewhere. */
function mayTakeIpv4(text: string): boolean {
  const ip = canonicalIp(text);
  if (ip === null || !ip.includes(":")) return ip === null;
  const groups = ipv6Groups(ip) ?? [];
  return groups.every((group) => group === 0) || (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff);
}

/** Not listened on: connections are made to a cluster, which then come in the other way. */
const REVERSE = /^rc:\/\/[^:@]+:[^:@]+:[^:@]*@[^:@]*:\d+$/;

function checkReverse(listener: Listener, refuse: Refuse): void {
  for (const { socket_address: socket } of addressesOf(listener)) {
    if (socket?.resolver_name !== "envoy.resolvers.reverse_connection") continue;
    if (!REVERSE.test(socket.address ?? "")) refuse(socket, "address", `'${socket.address ?? ""}' is no address of a reverse connection: rc://NODE:CLUSTER:TENANT@UPSTREAM_CLUSTER:COUNT`);
    else if ((socket.port_value ?? 0) !== 0) refuse(socket, "port_value", "a reverse connection has the port 0");
  }
}

function checkKind(listener: Listener, refuse: Refuse): void {
  const udp = isUdp(listener.address ?? {});
  const chains = (listener.filter_chains ?? []).length + (listener.default_filter_chain === undefined ? 0 : 1);
  const quic = udp && listener.udp_listener_config?.quic_options !== undefined;
  if (udp && !quic && chains > 0) refuse(listener, "filter_chains", "a UDP listener without connections has no filter chains");
  if (quic && listener.connection_balance_config !== undefined) refuse(listener, "connection_balance_config", "connection_balance_config is not for QUIC listeners");
  const balance = listener.connection_balance_config;
  if (!udp && balance?.extend_balance !== undefined) refuse(balance, "extend_balance", "Envoy has no extension that balances connections");
}

/** Listener filters see connections, or the datagrams of a UDP listener: each kind has filters of its own. */
function checkListenerFilters(listener: Listener, refuse: Refuse): void {
  const udp = isUdp(listener.address ?? {});
  if (udp && listener.udp_listener_config?.quic_options !== undefined) return;
  const other = udp ? "envoy.filters.listener" : "envoy.filters.udp_listener";
  for (const { name = "", typed_config: config } of listener.listener_filters ?? []) {
    const type = typeOf(config?.["@type"] ?? "");
    if (config !== undefined && type !== undefined && extensionByType(other, type) !== undefined) refuse(config, "@type", `'${name}' is not a filter for ${udp ? "UDP" : "TCP"} listeners`);
  }
}

export const LISTENER_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0611", "envoy.config.listener.v3.Listener", (listener, refuse, { bootstrap }) => {
    checkInternal(listener, bootstrap, refuse);
    if (listener.internal_listener !== undefined || listener.api_listener !== undefined) return;
    checkAddresses(listener, refuse);
    checkReverse(listener, refuse);
    checkKind(listener, refuse);
    checkListenerFilters(listener, refuse);
  }),
];
