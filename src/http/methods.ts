import { TOKEN } from "./names.ts";

/** The methods that Envoy's HTTP/1 codec takes without `allow_custom_methods`. */
const HTTP1_METHODS: ReadonlySet<string> = new Set([
  "ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE",
  "MSEARCH", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE",
  "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
]);

/** Whether an HTTP/1 request may have this method. */
export function isHttp1Method(method: string): boolean {
  return HTTP1_METHODS.has(method);
}

/** Whether the method is a token (RFC 9110 9.1), which is all that HTTP/2 asks for. */
export function isMethodToken(method: string): boolean {
  if (method === "") return false;
  for (let i = 0; i < method.length; i++) if ((TOKEN[method.charCodeAt(i)] ?? 0) === 0) return false;
  return true;
}

/** Whether a request with this method is sent without `content-length: 0` when it has no body (RFC 9110 8.6). */
export function hasNoBody(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "DELETE" || method === "TRACE" || method === "CONNECT";
}
