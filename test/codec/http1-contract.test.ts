import { Http1Client } from "../../src/codec/http1-client.ts";
import { CLIENT_DEFAULTS, SERVER_DEFAULTS } from "../../src/codec/http1-options.ts";
import { Http1Server } from "../../src/codec/http1-server.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { REQUEST_TRAILERS, RESPONSE_TRAILERS, type BlockKind } from "../../src/http/names.ts";
import { codecSuite, type Arrived, type CodecPair, type WireMessage } from "../contract/codec.suite.ts";
import { bytes, EventLog, Written, type Message } from "../support/http1-log.ts";

interface Writer {
  encodeHeaders(head: HeaderBlock, ended: boolean): boolean;
  encodeData(data: Buffer, ended: boolean): boolean;
  encodeTrailers(trailers: HeaderBlock): boolean;
}

function send(to: Writer, { head, body = [], trailers }: WireMessage, kind: BlockKind): void {
  to.encodeHeaders(HeaderBlock.of(head), body.length === 0 && trailers === undefined);
  body.forEach((piece, i) => to.encodeData(bytes(piece), i === body.length - 1 && trailers === undefined));
  if (trailers !== undefined) to.encodeTrailers(HeaderBlock.of(trailers, kind));
}

function carry(from: Written, to: { receive(chunk: Buffer): void }, size: number): void {
  const { text } = from;
  from.text = "";
  for (let at = 0; at < text.length; at += size) to.receive(bytes(text.slice(at, at + size)));
}

function arrived(message: Message | undefined): Arrived {
  const { head, body, trailers, ended } = message as Message;
  return { head: head.filter((line) => line !== "transfer-encoding: chunked"), body, trailers, ended };
}

codecSuite("HTTP/1", (): CodecPair => {
  const [up, down] = [new Written(), new Written()];
  const [requests, responses] = [new EventLog(), new EventLog()];
  const client = new Http1Client({ ...CLIENT_DEFAULTS, enableTrailers: true }, responses, up);
  const server = new Http1Server({ ...SERVER_DEFAULTS, enableTrailers: true }, requests, down);
  return {
    exchange(request, response, size) {
      send(client, request, REQUEST_TRAILERS);
      carry(up, server, size);
      send(server, response, RESPONSE_TRAILERS);
      server.next();
      carry(down, client, size);
      return { request: arrived(requests.last), response: arrived(responses.last) };
    },
  };
});
