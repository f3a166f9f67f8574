/** Key sets that another service publishes: fetched when they are needed, or before, and kept for a time. */
import type { Buffer } from "node:buffer";
import { optionalMs, wholeMs } from "../base/duration.ts";
import { toWire } from "../base/wire-text.ts";
import type { Env } from "../contract/env.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, METHOD, PATH, SCHEME, USER_AGENT } from "../http/names.ts";
import type { Timer } from "../platform/clock.ts";
import type { HttpUri, RetryPolicy as CoreRetryPolicy } from "../schema/generated/envoy/config/core/v3.ts";
import type { RetryPolicy } from "../schema/generated/envoy/config/route/v3.ts";
import type { RemoteJwks } from "../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";
import { Ask } from "./ask.ts";
import type { AsyncClient } from "./async-client.ts";

const RETRY_ON = "5xx,gateway-error,connect-failure,reset";
const FIRST_BACK_OFF = { seconds: 1, nanos: 0 };
const LONGEST_BACK_OFF = { seconds: 10, nanos: 0 };
const DEFAULT_KEPT_MS = 600_000;
/** Fetched anew so long before the keys are too old. */
const AHEAD_MS = 5000;
const DEFAULT_FAILED_MS = 1000;
/** Keys that nobody asks for so long (those of an old configuration, say) are no longer fetched ahead; the next to ask fetches them. */
const IDLE_MS = 3_600_000;
/** Bytes of a key set. */
const MOST = 4 * 1024 * 1024;

/** A policy of the core kind as one of a route. */
export function routeRetries(policy: CoreRetryPolicy | undefined, retryOn = RETRY_ON): RetryPolicy | undefined {
  if (policy === undefined) return undefined;
  const { retry_back_off: backOff, num_retries: retries } = policy;
  const base = backOff?.base_interval ?? FIRST_BACK_OFF;
  const most = backOff?.max_interval ?? (backOff === undefined ? LONGEST_BACK_OFF : { seconds: base.seconds * 10, nanos: 0 });
  return { num_retries: retries ?? 1, retry_on: retryOn, per_try_timeout: most, retry_back_off: { base_interval: base, max_interval: most } };
}

/** The head of a request for a URI. */
export function headOf({ uri = "" }: HttpUri, method: string): HeaderBlock {
  const start = uri.indexOf("://");
  const at = start < 0 ? 0 : start + 3;
  const slash = uri.indexOf("/", at);
  const headers = new HeaderBlock();
  headers.set(METHOD, method);
  headers.set(PATH, slash < 0 ? "/" : toWire(uri.slice(slash)));
  headers.set(AUTHORITY, toWire(slash < 0 ? uri.slice(at) : uri.slice(at, slash)));
  headers.set(SCHEME, start > 0 ? uri.slice(0, start) : "http");
  return headers;
}

export interface FetchCounts {
  succeeded(): void;
  failed(): void;
}

/** `K`: what a key set is read to; null stands for one without keys. */
export class RemoteKeys<K> {
  private readonly config: RemoteJwks;
  private readonly read: (bytes: Buffer) => K | null;
  private readonly client: AsyncClient;
  private readonly env: Env;
  private readonly counts: FetchCounts;
  private kept: K | null = null;
  /** On the monotonic clock. */
  private expires = -1;
  private lastAsked: number;
  private refreshing = false;

  constructor(config: RemoteJwks, client: AsyncClient, env: Env, counts: FetchCounts, read: (bytes: Buffer) => K | null) {
    this.config = config;
    this.client = client;
    this.env = env;
    this.counts = counts;
    this.read = read;
    this.lastAsked = env.clock.now();
    if (config.async_fetch !== undefined) this.startRefreshing();
  }

  /** Null: they must be fetched. */
  get current(): K | null {
    const now = this.env.clock.now();
    this.lastAsked = now;
    if (now < this.expires) return this.kept;
    if (this.config.async_fetch !== undefined) this.startRefreshing();
    return null;
  }

  /** Fetches them, and keeps them. Null: they cannot be had. What is returned ends that. */
  obtain(done: (keys: K | null) => void): () => void {
    return this.ask((keys) => {
      if (keys !== null) this.keep(keys, this.keptMs);
      done(keys);
    });
  }

  private get keptMs(): number {
    return (this.config.cache_duration?.seconds ?? DEFAULT_KEPT_MS / 1000) * 1000;
  }

  private keep(keys: K, ms: number): void {
    this.kept = keys;
    this.expires = this.env.clock.now() + ms;
  }

  private startRefreshing(): void {
    if (this.refreshing) return;
    this.refreshing = true;
    const timer = this.env.clock.timer(() => this.refresh(timer));
    timer.arm(0);
  }

  /** Keys that are fetched ahead do not get too old: they stay until there are others. */
  private refresh(timer: Timer): void {
    const kept = this.keptMs;
    const now = this.env.clock.now();
    if (now - this.lastAsked > IDLE_MS) {
      this.refreshing = false;
      this.expires = now;
      return;
    }
    this.ask((keys) => {
      if (keys !== null) this.keep(keys, Infinity);
      timer.arm(keys === null ? wholeMs(this.config.async_fetch?.failed_refetch_duration, DEFAULT_FAILED_MS) : kept > AHEAD_MS ? kept - AHEAD_MS : kept);
    });
  }

  private ask(done: (keys: K | null) => void): () => void {
    const { http_uri: uri = {} } = this.config;
    const { cluster = "" } = uri;
    const end = (keys: K | null): void => {
      if (keys === null) this.counts.failed();
      else this.counts.succeeded();
      done(keys);
    };
    if (this.env.clusters.get(cluster) === undefined) {
      end(null);
      return () => undefined;
    }
    const headers = headOf(uri, "GET");
    headers.set(USER_AGENT, "Go-browser");
    const options = { timeoutMs: optionalMs(uri.timeout) ?? 0, bufferLimit: MOST };
    const ask = new Ask(this.client, { cluster, headers, body: null, options, most: MOST }, (answer) => {
      end(typeof answer === "string" || answer.headers.status !== 200 || answer.body.length === 0 ? null : this.read(answer.body));
    });
    return () => ask.cancel();
  }
}
