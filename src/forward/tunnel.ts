/**
 * Requests that may turn a connection into a tunnel: CONNECT and upgrades. Their payload waits until the upstream has agreed
 * (Envoy's `paused_for_connect_` and `paused_for_websocket_`).
 */
import { isUpgrade } from "../codec/http1-connection.ts";
import { proxyHeader } from "../codec/proxy-header.ts";
import type { DownstreamFacts } from "../contract/stream-info.ts";
import type { UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_LENGTH, UPGRADE } from "../http/names.ts";
import type { ConnectPlan } from "../router/forward-plan.ts";

/** Nothing to wait for. */
export const OPEN = 0;
/** Until a 2xx answers the CONNECT. */
export const CONNECT = 1;
/** Until a 101 answers the handshake. */
export const WEBSOCKET = 2;
export type Gate = typeof OPEN | typeof CONNECT | typeof WEBSOCKET;

/** What the payload of a request that goes to an HTTP upstream waits for. */
export function gateOf(headers: HeaderBlock): Gate {
  if (headers.method === "CONNECT") return CONNECT;
  return headers.has(UPGRADE) && isUpgrade(headers) && headers.get(UPGRADE)?.toLowerCase() === "websocket" ? WEBSOCKET : OPEN;
}

/** Does the tunnel end here, so that the payload goes to the cluster as plain TCP. */
export function endsHere(connect: ConnectPlan | undefined, method: string): boolean {
  return connect !== undefined && (method === "CONNECT" || (connect.allowPost && method === "POST"));
}

/** Where the tunnel ends here: tells the host who the client is, if the route says so. */
export function announceClient(connect: ConnectPlan, method: string, { direct, local }: DownstreamFacts, stream: UpstreamStream): void {
  if (connect.proxyProtocol !== 0 && endsHere(connect, method)) stream.encodeData(proxyHeader(connect.proxyProtocol, direct, local), false);
}

/** The upstream agrees to what the gate waits for. */
export function agrees(gate: Gate, status: number): boolean {
  return gate === CONNECT ? status >= 200 && status < 300 : status === 101;
}

/** A WebSocket handshake that was answered with neither 101 nor an error: the head alone is passed on, as a local reply. */
export function isFailedHandshake(gate: Gate, status: number): boolean {
  return gate === WEBSOCKET && status !== 101 && status < 400;
}

/** Puts the headers of the upstream's answer into the local reply that stands for it. */
export function copyAnswer(from: HeaderBlock, to: HeaderBlock): void {
  from.forEach((name, value, id) => {
    if (!name.startsWith(":") && id !== CONTENT_LENGTH) to.addNamed(name, value);
  });
}
