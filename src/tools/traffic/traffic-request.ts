/** A request of recorded traffic. It says nothing of chance and expects nothing. */
import type { RuntimeValue } from "../../contract/request-view.ts";
import type { Source } from "../../diagnostics/source.ts";
import type { SimulatedRequest } from "../simulated-request.ts";

/** Where something stands in a text that keeps no table of places. */
export class TextPlace {
  readonly source: Source;
  readonly start: number;

  constructor(source: Source, start: number) {
    this.source = source;
    this.start = start;
  }
}

type Header = readonly [string, string];

const NO_RUNTIME: ReadonlyMap<string, RuntimeValue> = new Map();

/** What flags say of every request that does not say it itself. */
export interface TrafficDefaults {
  /** For requests without one; `""`: there is none. */
  readonly host: string;
  readonly tls: boolean;
  readonly sourceIp: string;
  /** Undefined: each request draws its own number, by its place in the run. */
  readonly random: bigint | undefined;
  readonly runtime: ReadonlyMap<string, RuntimeValue>;
  /** How connections come in. */
  readonly way: Pick<SimulatedRequest, "dest" | "sni" | "alpn">;
}

export const NO_DEFAULTS: TrafficDefaults = { host: "", tls: false, sourceIp: "127.0.0.1", random: undefined, runtime: NO_RUNTIME, way: {} };

export class TrafficRequest implements SimulatedRequest {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly path: string | null;
  readonly target: string | undefined;
  readonly headers: readonly Header[];
  readonly port: number | undefined;
  sourceIp: string;
  /** The headers are those that a proxy logged: it may have put the peer at the end of `x-forwarded-for`. */
  logged = false;
  /** Its place in the run, which decides the random number. */
  index = 0;
  readonly #defaults: TrafficDefaults;

  constructor(target: { readonly method: string; readonly scheme: "http" | "https" | undefined; readonly host: string; readonly path: string; readonly port: number | undefined; readonly target?: string }, headers: readonly Header[], defaults: TrafficDefaults) {
    this.method = target.method;
    this.scheme = target.scheme ?? (defaults.tls ? "https" : "http");
    this.host = target.host === "" ? defaults.host : target.host;
    this.path = target.path;
    this.target = target.target;
    this.port = target.port;
    this.headers = headers;
    this.sourceIp = defaults.sourceIp;
    this.#defaults = defaults;
  }

  get runtime(): ReadonlyMap<string, RuntimeValue> {
    return this.#defaults.runtime;
  }

  get dest(): SimulatedRequest["dest"] {
    return this.#defaults.way.dest;
  }

  get sni(): string | undefined {
    return this.#defaults.way.sni;
  }

  get alpn(): readonly string[] | undefined {
    return this.#defaults.way.alpn;
  }

  get random(): bigint {
    return this.#defaults.random ?? spread(this.index);
  }
}

/** A number that looks random and is the same in every run: by it weighted choices fall as they would, and comparisons can be repeated. */
function spread(index: number): bigint {
  return (BigInt(mixed(index)) << 32n) | BigInt(mixed(index ^ 0x9e37_79b9));
}

/** 32 bits well mixed (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
