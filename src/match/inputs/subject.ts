/** What matchers of filters look at: one request with what is known of it so far, or one connection. */
import type { RuntimeView } from "../../contract/request-view.ts";
import type { StreamInfo } from "../../contract/stream-info.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import type { FormatContext } from "../format/format-context.ts";

/** What the client showed of itself in its TLS handshake. Texts in wire form. */
export interface TlsPeer {
  readonly validated: boolean;
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  readonly subject: string;
  /** Alternative names of one type: `URI`, `DNS`, `IP_ADDRESS`, `EMAIL`. */
  names(type: string): readonly string[];
}

export interface MatchSubject {
  /** Of a connection: none. */
  readonly requestHeaders: HeaderBlock;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;
  readonly info: StreamInfo;
  /** Null: plain text. */
  readonly tls: TlsPeer | null;
  /** The name that a TLS client asked for, terminated here or not; "" without. */
  readonly serverName: string;
  readonly runtime: RuntimeView;
  /** 64 random bits, the same for every decision about one request. */
  readonly random: bigint;
  /** Of the route; null without one. */
  readonly routeMetadata: Readonly<Record<string, unknown>> | null;
  /** As format strings and CEL expressions see it. */
  readonly facts: FormatContext;
  /** Of a connection whose filter chain is being chosen. */
  readonly offered?: { readonly transportProtocol: string; readonly applicationProtocols: readonly string[] };
}

/** What trees over request headers alone look at. */
export type HeaderSubject = Pick<MatchSubject, "requestHeaders" | "runtime">;

const NOTHING: Readonly<Record<string, unknown>> = {};

export function metadataOf({ info }: MatchSubject): Readonly<Record<string, unknown>> {
  return info.metadata ?? NOTHING;
}
