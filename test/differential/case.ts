import type { Aspect } from "../support/comparison.ts";
import type { TlsAsk } from "../support/raw-client.ts";
import type { UpstreamScript } from "../support/scripted-upstream.ts";

/**
 * What the client does, in order. A string is sent as it is (latin1; `<port:NAME>` becomes a listener's port).
 * `responses`: wait for so many complete answers on this connection; `text`: until that text arrived; `closed`: until the other side ended it;
 * `tls`: begin TLS on this connection, and wait for the handshake's end. `connect`: go on with a new connection, to another listener if named. Waits give up after `patience` ms of the case.
 */
export type ClientStep =
  | string
  | { readonly wait: number }
  | { readonly responses: number }
  | { readonly text: string }
  | { readonly act: "closed" | "end" | "reset" | "close" }
  | { readonly tls: TlsAsk }
  | { readonly connect: string };

export interface Case {
  /** The behaviour, and the name the case is run by. */
  readonly title: string;
  /** Listener; `main` unless said. */
  readonly to?: string;
  readonly client: readonly ClientStep[];
  /** Scripts by upstream name. An upstream without a script answers 200 `ok` to every request. */
  readonly upstreams?: Readonly<Record<string, UpstreamScript>>;
  /** Access log lines to wait for; 1 unless said. */
  readonly logs?: number;
  /** Longest wait of one client step in ms; 1500 unless said. */
  readonly patience?: number;
  /** The answers are compared as a set of distinct messages and nothing else is: for what chance decides. */
  readonly asSet?: boolean;
  /** Aspects that real Envoy does not repeat from run to run, each with the reason; they are not compared. */
  readonly varies?: Partial<Readonly<Record<Aspect, string>>>;
  /** Aspects in which legate differs from Envoy, each with the reason: on purpose, or not yet built. They must differ: an entry that is no longer true fails. */
  readonly differs?: Partial<Readonly<Record<Aspect, string>>>;
  /** Whether a close came at once or after a pause is not compared: where timers of some ten milliseconds decide it. */
  readonly unhurried?: boolean;
  /** Counters compared besides the usual ones. */
  readonly counters?: readonly RegExp[];
  /** Counters not compared in this case. */
  readonly uncounted?: RegExp;
}

/** Cases that share one process and one configuration. */
export interface Group {
  readonly name: string;
  /**
   * Listener name to fields of its HTTP connection manager as YAML; what is not given comes from `bootstrap.ts`. With `filters` it is a listener
   * of those network filters instead: `filters: [{ tcp: FIELDS }]`, or `{ "echo.v3.Echo": FIELDS }`, the type without `envoy.extensions.filters.network.`.
   */
  readonly listeners: Readonly<Record<string, string>>;
  /** Cluster name to fields of the cluster as YAML. `<upstream:NAME>` in it is the port of a scripted upstream, `<refused>` one where nobody listens. */
  readonly clusters?: Readonly<Record<string, string>>;
  /** Scripted upstreams besides `u`; each has a cluster of its name. A cluster without an upstream of its name has the hosts of `u`. */
  readonly upstreams?: readonly string[];
  /** Runtime keys with their values. */
  readonly runtime?: Readonly<Record<string, string | number | boolean>>;
  /** Files of the group, name to content, made when the group is first set up. `<file:NAME>` is a path, `<pem:NAME>` the content, in one line. */
  readonly files?: () => Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

/** A plain GET for a path; further header lines without their line ends. */
export function get(path: string, ...headers: string[]): string {
  return request("GET", path, ...headers);
}

/** A request without a body for host `case.test`. */
export function request(method: string, path: string, ...headers: string[]): string {
  return [`${method} ${path} HTTP/1.1`, "host: case.test", ...headers, "", ""].join("\r\n");
}

/** Lines joined with CRLF and an empty line behind them: the head of a message. */
export function head(...lines: string[]): string {
  return [...lines, "", ""].join("\r\n");
}

/** A response with a content-length. */
export function response(status: string, body: string, ...headers: string[]): string {
  return head(`HTTP/1.1 ${status}`, ...headers, `content-length: ${body.length}`) + body;
}

/** Requests sent one after the other on one connection, each after the answer to the one before; the case waits for as many log lines. */
export function ask(...requests: string[]): { client: ClientStep[]; logs: number } {
  return { client: requests.flatMap((bytes, i) => [bytes, { responses: i + 1 }]), logs: requests.length };
}

/** Requests to a listener, each on a connection of its own: for answers that end it. */
export function askApart(to: string, ...requests: string[]): { to: string; client: ClientStep[]; logs: number } {
  return { to, client: requests.flatMap((bytes, i) => [...(i === 0 ? [] : [{ connect: to }]), bytes, { responses: 1 }]), logs: requests.length };
}
