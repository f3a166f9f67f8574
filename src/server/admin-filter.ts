/**
 * The admin server as an HTTP filter, the only one of its connection manager: finds the endpoint, and sends its answer as
 * fast as the client reads.
 */
import { Buffer } from "node:buffer";
import { fromWire } from "../base/wire-text.ts";
import { type DownstreamWatcher, type HttpFilter, type HttpFilterFactory, type StreamHandle, StopIteration, type Verdict } from "../contract/http-filter.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_TYPE } from "../http/names.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { StringMatcher } from "../match/string-matcher.ts";
import { type AdminAnswer, type AdminEndpoint, textAnswer } from "./admin-endpoint.ts";
import { helpText } from "./admin-help.ts";
import { AdminParams } from "./admin-params.ts";
import type { AdminState } from "./admin-state.ts";

export interface AdminRoutes {
  readonly endpoints: readonly AdminEndpoint[];
  /** Empty: every path is allowed. */
  readonly allowed: readonly StringMatcher[];
}

export function adminFilter(routes: AdminRoutes, state: AdminState, clock: Clock): HttpFilterFactory {
  return (handle) => new AdminFilter(routes, state, clock, handle);
}

const FORM = "application/x-www-form-urlencoded";
const MOST_FORM_BYTES = 1024 * 1024;

class AdminFilter implements HttpFilter {
  private readonly routes: AdminRoutes;
  private readonly state: AdminState;
  private readonly clock: Clock;
  private readonly handle: StreamHandle;
  private form: Buffer[] | null = null;
  private formBytes = 0;
  private sending: AnswerBody | null = null;

  constructor(routes: AdminRoutes, state: AdminState, clock: Clock, handle: StreamHandle) {
    this.routes = routes;
    this.state = state;
    this.clock = clock;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    if (endStream) this.answer();
    else if (headers.get(CONTENT_TYPE) === FORM) this.form = [];
    return StopIteration;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.form !== null && data.length > 0) {
      this.formBytes += data.length;
      if (this.formBytes > MOST_FORM_BYTES) {
        this.form = null;
        this.handle.localReply({ status: 413, body: "Payload Too Large", details: "request_payload_too_large" });
        return StopIteration;
      }
      this.form.push(Buffer.from(data));
    }
    if (endStream) this.answer();
    return StopIteration;
  }

  decodeTrailers(): Verdict {
    this.answer();
    return StopIteration;
  }

  onDestroy(): void {
    this.sending?.stop();
    this.sending = null;
    this.form = null;
  }

  private answer(): void {
    const { method, path } = this.handle.requestHeaders;
    const target = path ?? "";
    const query = AdminParams.ofPath(target);
    const params = query.size > 0 || this.form === null ? query : AdminParams.ofForm(Buffer.concat(this.form).toString("latin1"));
    const answer = answerOf(this.routes, { method, path: target, params }, this.state);
    this.handle.encodeHeaders(HeaderBlock.of([
      [":status", String(answer.status)], ...(answer.headers ?? []), ["content-type", answer.type], ["cache-control", "no-cache, max-age=0"], ["x-content-type-options", "nosniff"],
    ]), false);
    this.sending = new AnswerBody(this.handle, this.clock, method === "HEAD" ? "" : answer.body);
    this.sending.start();
  }
}

function answerOf(routes: AdminRoutes, request: { method: string; path: string; params: AdminParams }, state: AdminState): AdminAnswer {
  const { method, path, params } = request;
  if (routes.allowed.length > 0 && !routes.allowed.some((matcher) => matcher.test(path))) return textAnswer(`request to path ${fromWire(path)} not allowed`, 403);
  const [bare] = path.split("?");
  const endpoint = routes.endpoints.find((one) => one.path === bare);
  if (endpoint === undefined) return textAnswer(`invalid path. ${helpText(routes.endpoints)}`, 404);
  if (endpoint.mutates === true && method !== "POST") return textAnswer(`Method ${method} not allowed, POST required.`, 405);
  return endpoint.answer({ method, params }, state);
}

const PIECE_CHARS = 64 * 1024;
/** So long the making of an answer may keep everybody else waiting, ms. */
const SHIFT_MS = 40;

/** A body on its way: made piece by piece while there is room, left where it is while there is none. */
class AnswerBody implements DownstreamWatcher {
  private readonly handle: StreamHandle;
  private readonly clock: Clock;
  private readonly pieces: Iterator<string>;
  private readonly next: Timer;
  private blocked = false;
  private running = false;
  private over = false;

  constructor(handle: StreamHandle, clock: Clock, body: string | Iterable<string>) {
    this.handle = handle;
    this.clock = clock;
    this.pieces = (typeof body === "string" ? slices(body) : body)[Symbol.iterator]();
    this.next = clock.timer(() => this.pump());
  }

  start(): void {
    this.handle.watchDownstream(this);
    this.pump();
  }

  onDownstreamBlocked(blocked: boolean): void {
    this.blocked = blocked;
    if (!blocked) this.pump();
  }

  stop(): void {
    this.next.cancel();
    if (this.over) return;
    this.over = true;
    this.pieces.return?.();
  }

  private pump(): void {
    if (this.running) return;
    this.running = true;
    const until = this.clock.now() + SHIFT_MS;
    while (!this.blocked && !this.over) {
      const { text, last } = this.gather(until);
      if (last) this.over = true;
      if (last || text !== "") this.handle.encodeData(Buffer.from(text, "utf8"), last);
      if (this.over || this.clock.now() < until) continue;
      this.next.arm(0);
      break;
    }
    this.running = false;
  }

  private gather(until: number): { text: string; last: boolean } {
    let text = "";
    for (let i = 1; text.length < PIECE_CHARS; i++) {
      const next = this.pieces.next();
      if (next.done === true) return { text, last: true };
      text += next.value;
      if ((next.value === "" || i % 100 === 0) && this.clock.now() >= until) break;
    }
    return { text, last: false };
  }
}

function* slices(body: string): Iterable<string> {
  for (let at = 0; at < body.length; ) {
    // a character of two halves is not torn
    const end = at + PIECE_CHARS + (/[\udc00-\udfff]/.test(body.charAt(at + PIECE_CHARS)) ? 1 : 0);
    yield body.slice(at, end);
    at = end;
  }
}
