/** Socket options of a listener compiled: `socket_options`, `tcp_keepalive`, `tcp_fast_open_queue_length`. Pure. */
import { Buffer } from "node:buffer";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { SocketOption } from "../platform/conn.ts";
import type { SocketOption as Message, TcpKeepalive } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";

export const honours = {
  "envoy.config.listener.v3.Listener": ["socket_options", "tcp_keepalive", "tcp_fast_open_queue_length"],
  "envoy.config.core.v3.SocketOption": ["description", "level", "name", "int_value", "buf_value", "state"],
  "envoy.config.core.v3.TcpKeepalive": ["keepalive_probes", "keepalive_time", "keepalive_interval"],
} as const;

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const SO_KEEPALIVE = 9;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const TCP_FASTOPEN = 23;

/** Options that say how a socket is bound: by the time they could be set here it is. Level and name, as Linux numbers them. */
const OF_BINDING: ReadonlySet<string> = new Set([
  [SOL_SOCKET, 2], [SOL_SOCKET, 15], [SOL_SOCKET, 25], [SOL_SOCKET, 62], [IPPROTO_IP, 15], [IPPROTO_IP, 19], [IPPROTO_IPV6, 26], [IPPROTO_IPV6, 75], [IPPROTO_IPV6, 78],
].map(([level, name]) => `${level} ${name}`));

export function compileSocketOptions(listener: Listener, diagnostics: Diagnostics): SocketOption[] {
  const queue = listener.tcp_fast_open_queue_length;
  return [
    ...(listener.socket_options ?? []).flatMap((option) => compileOption(option, diagnostics)),
    ...keepAlive(listener.tcp_keepalive),
    ...(queue === undefined ? [] : [{ level: IPPROTO_TCP, name: TCP_FASTOPEN, value: queue }]),
  ];
}

function compileOption(option: Message, diagnostics: Diagnostics): SocketOption[] {
  const [level, name] = [Number(option.level ?? 0), Number(option.name ?? 0)];
  if (OF_BINDING.has(`${level} ${name}`)) {
    diagnostics.report({ code: "LGT0901", at: option, key: "name", message: `socket option ${name} of level ${level} concerns how the socket is bound, which legate does its own way` });
    return [];
  }
  return [{ level, name, value: option.buf_value === undefined ? Number(option.int_value ?? 0) : Buffer.from(option.buf_value, "base64") }];
}

/** What is not given is the system's. */
function keepAlive(config: TcpKeepalive | undefined): SocketOption[] {
  if (config === undefined) return [];
  const given: readonly (readonly [number, number | undefined])[] = [[TCP_KEEPCNT, config.keepalive_probes], [TCP_KEEPIDLE, config.keepalive_time], [TCP_KEEPINTVL, config.keepalive_interval]];
  return [
    { level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1 },
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [{ level: IPPROTO_TCP, name, value }])),
  ];
}
