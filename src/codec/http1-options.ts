/** What both sides of HTTP/1 are told by `Http1ProtocolOptions` and `HttpProtocolOptions`. */
export interface Http1ClientOptions {
  /** The most bytes of a head, first line included, and of trailers. */
  readonly maxHeadersBytes: number;
  /** The most headers of a message, pseudo headers included, and of trailers. */
  readonly maxHeadersCount: number;
  /** `allow_chunked_length`: `content-length` beside `transfer-encoding: chunked` is dropped instead of refused. */
  readonly allowChunkedLength: boolean;
  /** `enable_trailers`: otherwise they are checked and dropped, both ways. */
  readonly enableTrailers: boolean;
  /** `header_key_format: proper_case_words` */
  readonly properCase: boolean;
  /** `header_key_format: stateful_formatter` preserve_case, with its `formatter_type_on_envoy_headers`: names received here go out elsewhere as they came. */
  readonly preserveCase?: "DEFAULT" | "PROPER_CASE";
  /** `send_fully_qualified_url`: requests go out with absolute-form targets. */
  readonly absolute?: boolean;
}

/** What the downstream side is told besides. */
export interface Http1ServerOptions extends Http1ClientOptions {
  /** `accept_http_10` */
  readonly acceptHttp10: boolean;
  /** `default_host_for_http_10`; "" for none. */
  readonly defaultHostForHttp10: string;
  /** `allow_absolute_url` */
  readonly allowAbsoluteUrl: boolean;
  /** `headers_with_underscores_action` */
  readonly underscores: Underscores | number;
  /** `allow_custom_methods`: any token is a method. */
  readonly customMethods?: boolean;
  /** Refuse `https://` targets (403): on a plaintext connection from the client itself (`use_remote_address` and no trusted hops). */
  readonly refuseHttpsTarget?: boolean;
}

/** What reading lines needs of either. */
export interface LineOptions extends Http1ClientOptions {
  readonly underscores?: Underscores | number;
}

export type Underscores = "ALLOW" | "REJECT_REQUEST" | "DROP_HEADER";

/** Envoy's defaults for a listener. */
export const SERVER_DEFAULTS: Http1ServerOptions = {
  maxHeadersBytes: 60 * 1024, maxHeadersCount: 100, acceptHttp10: false, defaultHostForHttp10: "", allowAbsoluteUrl: true,
  allowChunkedLength: false, enableTrailers: false, properCase: false, underscores: "ALLOW",
};

/** Envoy's defaults for a cluster. */
export const CLIENT_DEFAULTS: Http1ClientOptions = {
  maxHeadersBytes: 80 * 1024, maxHeadersCount: 100, allowChunkedLength: false, enableTrailers: false, properCase: false,
};
