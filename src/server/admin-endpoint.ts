/** What an endpoint of the admin server is: a path, its help, and a function from a request to an answer. */
import type { AdminParams } from "./admin-params.ts";
import type { AdminState } from "./admin-state.ts";

export interface AdminRequest {
  readonly method: string;
  /** Of the query, or of a form in the body. */
  readonly params: AdminParams;
}

export interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  /** Before the content type, and besides the ones that every answer has. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Made while it is sent: a client that does not read stops the making. */
  readonly body: string | Iterable<string>;
}

export interface AdminParam {
  readonly name: string;
  readonly help: string;
  /** Its values, the first one standing for none. */
  readonly choices?: readonly string[];
  /** It has no value. */
  readonly flag?: boolean;
}

export interface AdminEndpoint {
  readonly path: string;
  readonly help: string;
  /** It changes something: POST only. */
  readonly mutates?: boolean;
  readonly params?: readonly AdminParam[];
  answer(request: AdminRequest, state: AdminState): AdminAnswer;
}

/** Envoy's default for admin answers, and what it gives to texts that it thinks are ASCII. */
export const TEXT = "text/plain; charset=UTF-8";
export const PLAIN = "text/plain";
export const JSON_TYPE = "application/json";
export const HTML = "text/html; charset=UTF-8";

export function textAnswer(body: string | Iterable<string>, status = 200): AdminAnswer {
  return { status, type: TEXT, body };
}

export function jsonAnswer(value: object): AdminAnswer {
  return { status: 200, type: JSON_TYPE, body: `${prettyJson(value)}\n` };
}

/** What protobuf's JSON escapes beyond what JSON must: brackets of HTML, controls and characters that are not seen. */
const UNSEEN = /[<>\u007f-\u009f\u00ad\u0600-\u0603\u06dd\u070f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]/g;

/** As protobuf prints JSON for people: one space a level. */
export function prettyJson(value: object): string {
  return JSON.stringify(value, undefined, 1).replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
