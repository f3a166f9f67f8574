/** The copies of one request that go to other clusters (request_mirror_policies; envoy-semantics 12). Their answers are dropped. */
import type { StreamHandle } from "../contract/http-filter.ts";
import { portStart } from "../http/authority.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import { AUTHORITY } from "../http/names.ts";
import { applyEdits } from "../router/header-edits.ts";
import { mirrorCluster, type MirrorPolicy } from "../router/mirror-policy.ts";
import { FormatView } from "../stream/format-view.ts";
import type { AsyncOptions } from "./async-client.ts";
import type { AsyncSink, AsyncStream } from "./async-stream.ts";
import type { ForwardContext } from "./forward-context.ts";

interface Copy {
  readonly cluster: string;
  readonly headers: HeaderBlock;
}

export class Mirrors {
  private readonly copies: Copy[] = [];
  private streams: AsyncStream[] = [];

  /** Copies the headers as they are now for each policy in force; those without a copy cost nothing further. */
  constructor(policies: readonly MirrorPolicy[], { view, requestHeaders, info }: StreamHandle, { env }: ForwardContext) {
    const format = (headers: HeaderBlock): FormatView => new FormatView({ info, requestHeaders: headers, responseHeaders: null, responseTrailers: null }, env.machine, env.clock.now());
    for (const policy of policies) {
      const cluster = mirrorCluster(policy, view);
      if (cluster !== "" && env.clusters.get(cluster) !== undefined) this.copies.push({ cluster, headers: copyFor(policy, requestHeaders, format) });
    }
  }

  /** Sends the heads. What makes a mirror wait makes the request wait. */
  start(endStream: boolean, options: AsyncOptions, { async }: ForwardContext, handle: StreamHandle): void {
    this.streams = this.copies.map(({ cluster, headers }) => async.start(cluster, headers, endStream, options, new Dropped(handle)));
    this.copies.length = 0;
  }

  sendData(data: Buffer, endStream: boolean): void {
    for (const stream of this.streams) stream.sendData(data, endStream);
    if (endStream) this.letGo();
  }

  sendTrailers(trailers: HeaderBlock): void {
    for (const stream of this.streams) {
      const copy = new HeaderBlock();
      copy.copyFrom(trailers);
      stream.sendTrailers(copy);
    }
    this.letGo();
  }

  /** The request has ended before it was whole: so do its copies. Whole ones go on by themselves. */
  cancel(): void {
    for (const stream of this.streams) stream.cancel();
    this.streams = [];
  }

  /** The copies are whole, and nobody waits for them. */
  letGo(): void {
    this.streams = [];
  }
}

function copyFor({ hostRewrite, appendShadow, edits }: MirrorPolicy, request: HeaderBlock, format: (headers: HeaderBlock) => FormatView): HeaderBlock {
  const headers = new HeaderBlock();
  headers.copyFrom(request);
  if (edits.length > 0) applyEdits(edits, headers, format(headers));
  if (hostRewrite !== "") headers.set(AUTHORITY, hostRewrite);
  else if (appendShadow) headers.set(AUTHORITY, shadowHost(headers.authority ?? ""));
  return headers;
}

/** `-shadow` behind the host, before its port. */
export function shadowHost(host: string): string {
  const port = portStart(host);
  return port < 0 ? `${host}-shadow` : `${host.slice(0, port)}-shadow${host.slice(port)}`;
}

class Dropped implements AsyncSink {
  private readonly handle: StreamHandle;
  private headers: HeaderBlock | null = null;

  constructor(handle: StreamHandle) {
    this.handle = handle;
  }

  onHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.headers = headers;
    if (endStream) this.over();
  }

  onData(_data: Buffer, endStream: boolean): void {
    if (endStream) this.over();
  }

  onTrailers(): void {
    this.over();
  }

  onReset(): void {
    this.over();
  }

  onBlocked(blocked: boolean): void {
    if (blocked) this.handle.pauseDownstream();
    else this.handle.resumeDownstream();
  }

  private over(): void {
    if (this.headers !== null) giveHeaders(this.headers);
    this.headers = null;
  }
}
