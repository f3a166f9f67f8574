/** What an HTTP/1 codec is told by `Http1ProtocolOptions` and `HttpProtocolOptions`; both sides use it. */
export interface Http1Options {
  /** The most bytes of a head, first line included, and of trailers. */
  readonly maxHeadersBytes: number;
  /** The most headers of a message, pseudo headers included, and of trailers. */
  readonly maxHeadersCount: number;
  /** `accept_http_10` */
  readonly acceptHttp10: boolean;
  /** `default_host_for_http_10`; "" for none. */
  readonly defaultHost: string;
  /** `allow_absolute_url` */
  readonly allowAbsoluteUrl: boolean;
  /** `allow_chunked_length`: `content-length` beside `transfer-encoding: chunked` is dropped instead of refused. */
  readonly allowChunkedLength: boolean;
  /** `enable_trailers`: otherwise they are checked and dropped, both ways. */
  readonly enableTrailers: boolean;
  /** `header_key_format: proper_case_words` */
  readonly properCase: boolean;
  /** `headers_with_underscores_action` */
  readonly underscores: "ALLOW" | "REJECT_REQUEST" | "DROP_HEADER";
  /** `allow_custom_methods`: any token is a method. */
  readonly customMethods: boolean;
  /** `scheme_header_transformation` and TLS decide this: refuse `https://` targets (403) on a plaintext connection. */
  readonly refuseHttpsTarget: boolean;
}

/** Envoy's defaults for a listener. */
export const SERVER_DEFAULTS: Http1Options = {
  maxHeadersBytes: 60 * 1024, maxHeadersCount: 100, acceptHttp10: false, defaultHost: "", allowAbsoluteUrl: true, allowChunkedLength: false,
  enableTrailers: false, properCase: false, underscores: "ALLOW", customMethods: false, refuseHttpsTarget: false,
};

/** Envoy's defaults for a cluster. */
export const CLIENT_DEFAULTS: Http1Options = { ...SERVER_DEFAULTS, maxHeadersBytes: 80 * 1024 };
