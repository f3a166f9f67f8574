/** Body of a request that came before there was a connection to send it on. */
import type { UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";

export class EarlyBody {
  bytes = 0;
  trailers: HeaderBlock | null = null;
  private readonly data: Buffer[] = [];
  private ended = false;

  add(data: Buffer, endStream: boolean): void {
    this.data.push(data);
    this.bytes += data.length;
    this.ended = endStream;
  }

  sendTo(stream: UpstreamStream): void {
    const last = this.data.length - 1;
    this.data.forEach((data, i) => stream.encodeData(data, i === last && this.ended));
    if (this.trailers !== null) stream.encodeTrailers(this.trailers);
  }
}
