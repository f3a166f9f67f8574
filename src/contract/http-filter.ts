/**
 * The HTTP filter: what every extension of category `envoy.filters.http` opens to, downstream and upstream alike.
 *
 * A filter answers with a number and calls `resume…()` later; it never returns a promise. The chain guarantees: headers
 * first, then data, then trailers; `onDestroy` exactly once; nothing after `onDestroy`.
 */
import type { HeaderBlock } from "../http/header-block.ts";
import type { RequestView } from "./request-view.ts";
import type { Route } from "./route.ts";
import type { StreamInfo } from "./stream-info.ts";

/** Go on with the next filter. */
export const Continue = 0 as const;
/** No further filter; keep feeding me what follows. Data given to me with this answer is mine: the chain forgets it. */
export const StopIteration = 1 as const;
/** No further filter; collect the body up to the buffer limit and keep feeding me what arrives. */
export const StopAndBuffer = 2 as const;
/** No further filter and nothing more for me either: hold what arrives, push back beyond the limit, until I resume. */
export const StopAll = 3 as const;
export type Verdict = typeof Continue | typeof StopIteration | typeof StopAndBuffer | typeof StopAll;

export interface LocalReply {
  /** HTTP status, 200-599. */
  readonly status: number;
  /** In wire form: one char a byte. */
  readonly body: string;
  /** `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string;
  /** Edits the reply's headers before they pass the encoder filters. */
  modify?(headers: HeaderBlock): void;
  /** gRPC status to use instead of the mapped one, for gRPC requests. */
  readonly grpcStatus?: number;
}

export interface DownstreamWatcher {
  /** True: the downstream cannot take more response bytes for now. */
  onDownstreamBlocked(blocked: boolean): void;
}

/** What the chain gives a filter: its handle on the stream. One object a filter and stream. */
export interface StreamHandle {
  /** The filter's name in the configuration. */
  readonly name: string;
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  readonly responseHeaders: HeaderBlock | null;
  /** Bytes of body that may be held for this stream. */
  readonly bufferLimit: number;
  /** The request as match conditions and hash policies look at it. */
  readonly view: RequestView;
  /** The route as chosen by the present headers; cached until {@link clearRouteCache}. Null when nothing matched. */
  route(): Route | null;
  clearRouteCache(): void;
  /** The most specific per-route configuration of this filter, compiled; null when there is none. */
  routeConfig(): unknown;
  /** Those of all levels that have one, least specific first: table, virtual host, route, member of a weighted choice. */
  routeConfigs(): readonly unknown[];

  /** Answers the request here. Passes the encoder filters of the filters before and including this one. */
  localReply(reply: LocalReply): void;
  /** Continues request processing that a verdict stopped. */
  resumeDecoding(): void;
  /** Continues response processing that a verdict stopped. */
  resumeEncoding(): void;
  /** Gives body bytes to the filters after this one, outside a data callback. */
  injectDecodedData(data: Buffer, endStream: boolean): void;
  injectEncodedData(data: Buffer, endStream: boolean): void;
  /** What the chain holds for this filter because of StopAndBuffer (bytes in order). */
  heldDecodedData(): readonly Buffer[];
  heldEncodedData(): readonly Buffer[];
  /** Replaces the data of the running data callback (or, while stopped, what is held). */
  replaceDecodedData(data: Buffer): void;
  replaceEncodedData(data: Buffer): void;
  addDecodedTrailers(): HeaderBlock;
  addEncodedTrailers(): HeaderBlock;

  /** Terminal filters: the response from the other side. */
  encode1xx(headers: HeaderBlock): void;
  encodeHeaders(headers: HeaderBlock, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderBlock): void;
  /** Resets the whole stream: nothing more can be said to the downstream (a local reply is not possible any more). */
  resetStream(details: string): void;
  /**
   * Begins the request anew, through all filters, with its headers as they are now and this body, in place of an answer with these headers
   * (which are logged). The request must have come completely. False: it cannot be done; otherwise this stream is over.
   */
  recreateStream(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean;

  /** Terminal filters: stop reading the request body until released; calls nest. */
  pauseDownstream(): void;
  resumeDownstream(): void;
  /** With true: whoever sends the response is to wait, until called with false. For filters that keep body bytes of their own. */
  pushBackResponse(wait: boolean): void;
  /** `watcher` hears when the downstream cannot take more response bytes, and when it can again. */
  watchDownstream(watcher: DownstreamWatcher): void;
}

/** Both directions of one stream through one filter. Missing methods mean `Continue`. */
export interface HttpFilter {
  decodeHeaders?(headers: HeaderBlock, endStream: boolean): Verdict;
  decodeData?(data: Buffer, endStream: boolean): Verdict;
  decodeTrailers?(trailers: HeaderBlock): Verdict;
  encode1xx?(headers: HeaderBlock): Verdict;
  encodeHeaders?(headers: HeaderBlock, endStream: boolean): Verdict;
  encodeData?(data: Buffer, endStream: boolean): Verdict;
  encodeTrailers?(trailers: HeaderBlock): Verdict;
  /** The stream has ended, whole or reset: the last chance to look before the log line. */
  onStreamComplete?(): void;
  onDestroy?(): void;
}

/** Made once a worker by an extension's `open`; called once a stream. */
export type HttpFilterFactory = (handle: StreamHandle) => HttpFilter;
