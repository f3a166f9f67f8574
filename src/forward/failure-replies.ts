/** The answers that stand for attempts which came to nothing (envoy-semantics 9.1). */
import type { LocalReply } from "../contract/http-filter.ts";
import type { ResetReason } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { X_ENVOY_OVERLOADED } from "../http/names.ts";
import { copyAnswer } from "./tunnel.ts";
import { resetBody, resetDetails } from "./reset-table.ts";

const NO_CONTENT = 204;

export const NO_HOST: LocalReply = { status: 503, body: "no healthy upstream", details: "no_healthy_upstream" };

/** `status` 204: the client asked for an empty answer. */
export function timeoutReply(status: number, details: string): LocalReply {
  return { status, body: status === NO_CONTENT ? "" : "upstream request timeout", details };
}

export function durationReply(status: number): LocalReply {
  return { status, body: "upstream max stream duration reached", details: "upstream_max_stream_duration_reached" };
}

/** `overloaded`: say so in a header. */
export function resetReply(status: number, reason: ResetReason, failure: string, moment: "before" | "after", isRetry: boolean, overloaded: boolean): LocalReply {
  const reply: LocalReply = { status, body: resetBody(reason, isRetry), details: resetDetails(moment, reason, failure) };
  return overloaded ? { ...reply, modify: (headers: HeaderBlock) => headers.set(X_ENVOY_OVERLOADED, "true") } : reply;
}

/** A WebSocket handshake that was answered with something else: the head alone is passed on. */
export function handshakeReply(answer: HeaderBlock): LocalReply {
  return { status: answer.status, body: "", details: "websocket_handshake_unsuccessful", modify: (reply) => copyAnswer(answer, reply) };
}
