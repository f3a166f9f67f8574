/** What an access logger opens to. It is called once a stream, when the stream is over. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { StreamInfo } from "./stream-info.ts";

export interface LoggedStream {
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock | null;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;
}

export interface AccessLogger {
  log(stream: LoggedStream): void;
}
