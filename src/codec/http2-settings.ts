/** SETTINGS (RFC 9113 6.5): what the peer has told us, and what we tell it. */
import type { Buffer } from "node:buffer";
import { BAD_FRAME_SIZE, INVALID_FRAME, INVALID_WINDOW, type ConnectionFault } from "./http2-faults.ts";
import * as F from "./http2-frames.ts";
import type { Http2Options, Http2Setting } from "./http2-options.ts";

export class PeerSettings {
  readonly #server: boolean;
  /** undefined: it has not said. */
  tableSize: number | undefined = undefined;
  maxConcurrentStreams: number | undefined = undefined;
  streamWindow = F.FIRST_WINDOW;
  maxFrame = F.FRAME_LIMIT;
  /** Extended CONNECT is understood. */
  connectProtocol = false;

  /** `server`: we are the server. */
  constructor(server: boolean) {
    this.#server = server;
  }

  /** Reads the payload `b[start, end)`. */
  read(b: Buffer, start: number, end: number): ConnectionFault | undefined {
    if ((end - start) % 6 !== 0) return BAD_FRAME_SIZE;
    for (let at = start; at < end; at += 6) {
      const fault = this.#take(((b[at] as number) << 8) | (b[at + 1] as number), F.readWord(b, at + 2));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #take(id: number, value: number): ConnectionFault | undefined {
    switch (id) {
      case F.SETTINGS_HEADER_TABLE_SIZE: this.tableSize = value; return undefined;
      case F.SETTINGS_ENABLE_PUSH: return value > 1 || (value === 1 && !this.#server) ? INVALID_FRAME : undefined;
      case F.SETTINGS_MAX_CONCURRENT_STREAMS: this.maxConcurrentStreams = value; return undefined;
      case F.SETTINGS_INITIAL_WINDOW_SIZE:
        this.streamWindow = value;
        return value > F.LARGEST_WINDOW ? INVALID_WINDOW : undefined;
      case F.SETTINGS_MAX_FRAME_SIZE:
        this.maxFrame = value;
        return value < F.FRAME_LIMIT || value > F.LARGEST_FRAME ? INVALID_FRAME : undefined;
      case F.SETTINGS_ENABLE_CONNECT_PROTOCOL: return this.#takeConnect(value);
      default: return undefined;
    }
  }

  #takeConnect(value: number): ConnectionFault | undefined {
    if (value > 1 || (value === 0 && this.connectProtocol)) return INVALID_FRAME;
    this.connectProtocol = value === 1;
    return undefined;
  }
}

/** What we tell, in Envoy's order. */
export function ownSettings(options: Http2Options, server: boolean): Http2Setting[] {
  return [
    ...(server ? [] : [{ id: F.SETTINGS_ENABLE_PUSH, value: 0 }]),
    ...options.customSettings,
    { id: F.SETTINGS_HEADER_TABLE_SIZE, value: options.tableSize },
    { id: F.SETTINGS_ENABLE_CONNECT_PROTOCOL, value: options.allowConnect ? 1 : 0 },
    { id: F.SETTINGS_MAX_CONCURRENT_STREAMS, value: options.maxConcurrentStreams },
    { id: F.SETTINGS_INITIAL_WINDOW_SIZE, value: options.streamWindow },
  ];
}
