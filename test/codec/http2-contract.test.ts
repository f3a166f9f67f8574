import { HeaderBlock } from "../../src/http/header-block.ts";
import { REQUEST_TRAILERS, RESPONSE_TRAILERS, type BlockKind } from "../../src/http/names.ts";
import type { Http2Stream } from "../../src/codec/http2-stream.ts";
import { codecSuite, type Arrived, type CodecPair, type WireMessage } from "../contract/codec.suite.ts";
import { bytes } from "../support/http1-log.ts";
import { Http2Pair, type StreamLog } from "../support/http2-pair.ts";

function send(to: Http2Stream, { head, body = [], trailers }: WireMessage, kind: BlockKind): void {
  to.encodeHeaders(HeaderBlock.of(head), body.length === 0 && trailers === undefined);
  body.forEach((piece, i) => to.encodeData(bytes(piece), i === body.length - 1 && trailers === undefined));
  if (trailers !== undefined) to.encodeTrailers(HeaderBlock.of(trailers, kind));
}

function arrived({ message }: StreamLog): Arrived {
  return { head: message.head.filter((line) => !line.startsWith(":scheme")), body: message.body, trailers: message.trailers, ended: message.ended };
}

codecSuite("HTTP/2", (): CodecPair => {
  const pair = new Http2Pair();
  return {
    exchange(request, response, size) {
      const { stream, log } = pair.open();
      send(stream, request, REQUEST_TRAILERS);
      pair.carry(size);
      const there = pair.serverLog.last;
      send(there.stream, response, RESPONSE_TRAILERS);
      pair.carry(size);
      return { request: arrived(there.log), response: arrived(log) };
    },
  };
});
