/** What a match condition may look at: one request, as the proxy sees it or as the simulator makes it up. */
import type { HeaderBlock } from "../http/header-block.ts";

/** A value of a runtime key: a number, a flag, text, or a fraction written as an object. */
export type RuntimeValue = number | boolean | string | { readonly numerator?: number; readonly denominator?: string };

/** The runtime snapshot of this moment. */
export interface RuntimeView {
  get(key: string): RuntimeValue | undefined;
}

/** What the client showed in its TLS handshake; `undefined` on a request means plain text. */
export interface PeerCertificate {
  readonly presented: boolean;
  readonly validated: boolean;
}

export interface RequestView {
  readonly headers: HeaderBlock;
  /** The stream id: 64 random bits, the same for every decision about one request. */
  readonly random: bigint;
  readonly runtime: RuntimeView;
  readonly peer: PeerCertificate | undefined;
  /** The client's address without its port; absent on a Unix socket. */
  readonly remoteIp?: string;
  /** Dynamic metadata: filter name to a struct. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Filter state objects, each in its string form (an address as `ip` or `ip:port`). */
  readonly filterState: Readonly<Record<string, string>>;
}

/** A runtime that holds nothing: every key has its configured default. */
export const NO_RUNTIME: RuntimeView = { get: () => undefined };
