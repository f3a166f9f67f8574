/** Finds out whether a plain connection speaks HTTP, and which version, from its first line. Nothing is taken from it. */
import type { Buffer } from "node:buffer";
import { defineExtension } from "../../contract/extension.ts";
import { type AcceptedSocket, Done, type ListenerFilter, type ListenerVerdict, Refuse, Wait } from "../../contract/listener-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HttpInspector } from "../../schema/generated/envoy/extensions/filters/listener/http_inspector/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const CONFIG = "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector";

const SHAPE = statLayout({ counters: ["http10_found", "http11_found", "http2_found", "http_not_found", "read_error"] });
const HTTP10 = placeIn(SHAPE, "http10_found");
const HTTP11 = placeIn(SHAPE, "http11_found");
const HTTP2 = placeIn(SHAPE, "http2_found");
const NOT_FOUND = placeIn(SHAPE, "http_not_found");
const READ_ERROR = placeIn(SHAPE, "read_error");

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const MOST_LINE_BYTES = 64 * 1024;
/** A request line as Envoy's parser takes it: the method's characters, then anything, then a version. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]+[^ \t].*?[ \t]+HTTP\/(\d)\.(\d)[ \t]*\r?\n$/;

export const httpInspector = defineExtension<"envoy.filters.listener", HttpInspector>({
  category: "envoy.filters.listener",
  name: "envoy.filters.listener.http_inspector",
  config: CONFIG,
  honours: { [CONFIG]: [] },
  compile: () => ({
    open(env) {
      const stats = env.stats.block("http_inspector.", SHAPE);
      return () => new Inspection(stats);
    },
  }),
});

class Inspection implements ListenerFilter {
  private readonly stats: StatBlock;

  constructor(stats: StatBlock) {
    this.stats = stats;
  }

  onAccept({ transportProtocol }: AcceptedSocket): ListenerVerdict {
    return transportProtocol !== "" && transportProtocol !== "raw_buffer" ? Done : Wait;
  }

  onData(received: Buffer, socket: AcceptedSocket): ListenerVerdict {
    const start = received.toString("latin1", 0, PREFACE.length);
    if (PREFACE.startsWith(start)) return start.length < PREFACE.length ? Wait : this.found(HTTP2, "h2c", socket);
    const lineEnd = received.indexOf(0x0a) + 1;
    if (start.startsWith("\r") || start.startsWith("\n") || (lineEnd === 0 && !couldBeLine(received))) return this.notFound();
    if (lineEnd === 0) return received.length < MOST_LINE_BYTES ? Wait : this.tooLong();
    const [, major, minor] = REQUEST_LINE.exec(received.toString("latin1", 0, lineEnd)) ?? [];
    if (major === undefined) return this.notFound();
    return major === "1" && minor === "1" ? this.found(HTTP11, "http/1.1", socket) : this.found(HTTP10, "http/1.0", socket);
  }

  private found(stat: number, protocol: string, socket: AcceptedSocket): ListenerVerdict {
    this.stats.inc(stat);
    socket.applicationProtocols = [protocol];
    return Done;
  }

  private notFound(): ListenerVerdict {
    this.stats.inc(NOT_FOUND);
    return Done;
  }

  private tooLong(): ListenerVerdict {
    this.stats.inc(READ_ERROR);
    return Refuse;
  }
}

/** A line that has not ended: its method must be one so far. */
function couldBeLine(received: Buffer): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+([ \t]|$)/.test(received.toString("latin1", 0, 256));
}
