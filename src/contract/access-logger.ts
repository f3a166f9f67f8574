/** What an access logger opens to. It is called at the end of each stream, and before that where `access_log_options` say so. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { StreamInfo } from "./stream-info.ts";

export interface LoggedStream {
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock | null;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;
}

/** Why a stream is logged: Envoy's AccessLogType as `%ACCESS_LOG_TYPE%` prints it. */
export type LogType =
  | "TcpConnectionStart" | "TcpUpstreamConnected" | "TcpPeriodic" | "TcpConnectionEnd"
  | "NotSet" | "DownstreamStart" | "DownstreamPeriodic" | "DownstreamEnd" | "DownstreamTunnelSuccessfullyEstablished";

export interface AccessLogger {
  log(stream: LoggedStream, type: LogType): void;
}
