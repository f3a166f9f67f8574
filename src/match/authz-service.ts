/** What an authorization service over HTTP is asked about a request, and what its answer does: which headers go, and which come back. */
import { isAscii } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_LENGTH, nameId, PATH } from "../http/names.ts";
import type { HttpService } from "../schema/generated/envoy/extensions/filters/http/ext_authz/v3.ts";
import type { ListStringMatcher } from "../schema/generated/envoy/type/matcher/v3.ts";
import { compileStringMatcher, type StringMatcher } from "./string-matcher.ts";

export const honours = { "envoy.type.matcher.v3.ListStringMatcher": ["patterns"] } as const;

const PARTIAL = nameId("x-envoy-auth-partial-body");
const TO_REMOVE = nameId("x-envoy-auth-headers-to-remove");
/** Always sent. */
const SENT: ReadonlySet<string> = new Set(["authorization", ":method", ":path", ":authority"]);
/** Of a refusal, always handed on. */
const ANSWERED: ReadonlySet<string> = new Set(["content-length", "www-authenticate", "location"]);
const UTF8 = /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([^])/g;

/** Whether a header's name is one of these. */
type NameTest = (name: string) => boolean;

export function compileNames(list: ListStringMatcher | undefined, diagnostics: Diagnostics): readonly StringMatcher[] {
  return (list?.patterns ?? []).map((pattern) => compileStringMatcher(pattern, diagnostics));
}

function anyOf(matchers: readonly StringMatcher[], always: ReadonlySet<string> = new Set()): NameTest {
  return (name) => always.has(name) || matchers.some((matcher) => matcher.test(name));
}

export interface ServicePlan {
  readonly path: (path: string) => string;
  readonly sent: NameTest;
  readonly upstream: NameTest;
  readonly appended: NameTest;
  readonly refused: NameTest;
  readonly allowed: NameTest;
  readonly metadata: NameTest;
}

/** `allowed`, `disallowed`: request headers of the filter's own configuration. */
export function compileService(service: HttpService, allowed: ListStringMatcher | undefined, disallowed: ListStringMatcher | undefined, diagnostics: Diagnostics): ServicePlan {
  const { path_prefix: prefix = "", path_override: override = "", authorization_request: request, authorization_response: response } = service;
  const names = (list: ListStringMatcher | undefined): NameTest => anyOf(compileNames(list, diagnostics));
  const [sent, kept, refused] = [compileNames(request?.allowed_headers ?? allowed, diagnostics), compileNames(disallowed, diagnostics), compileNames(response?.allowed_client_headers, diagnostics)];
  const isSent = anyOf(sent, SENT);
  return {
    path: (path) => (override === "" ? prefix + path : override), sent: (name) => !kept.some((matcher) => matcher.test(name)) && isSent(name),
    upstream: names(response?.allowed_upstream_headers), appended: names(response?.allowed_upstream_headers_to_append),
    refused: refused.length === 0 ? () => true : anyOf(refused, ANSWERED), allowed: names(response?.allowed_client_headers_on_success), metadata: names(response?.dynamic_metadata_from_headers),
  };
}

function clean(value: string): string {
  return isAscii(value) ? value : value.replace(UTF8, (whole, bad: string | undefined) => (bad === undefined ? whole : "!"));
}

/** How much of the body goes along. */
export interface SentBody {
  readonly length: number;
  readonly isPartial: boolean;
}

/** The head of the question about a request. `raw`: lines stay as they are, repeated or not UTF-8. */
export function questionFor(plan: ServicePlan, request: HeaderBlock, body: SentBody | null, raw: boolean): HeaderBlock {
  const lines = new Map<string, string[]>();
  request.forEach((name, value, id) => {
    if (id === PARTIAL || id === CONTENT_LENGTH || !plan.sent(name)) return;
    const known = lines.get(name);
    if (known === undefined) lines.set(name, [raw ? value : clean(value)]);
    else if (raw) known.push(value);
    else known[0] += `,${clean(value)}`;
  });
  const entries: [string, string][] = [["content-length", String(body?.length ?? 0)]];
  for (const [name, values] of lines) for (const value of values) entries.push([name, name === ":path" ? plan.path(value) : value]);
  if (body !== null) entries.push(["x-envoy-auth-partial-body", String(body.isPartial)]);
  const headers = HeaderBlock.of(entries);
  if (headers.path === null) headers.set(PATH, plan.path("/"));
  return headers;
}

type Line = readonly [name: string, value: string];

export interface Verdict {
  readonly allowed: boolean;
  readonly status: number;
  /** Allowed: of the request, in place of what is there. Refused: of the reply. */
  readonly set: readonly Line[];
  /** Of the request, joined to what is there. */
  readonly add: readonly Line[];
  readonly remove: readonly string[];
  /** Of the response to an allowed request. */
  readonly response: readonly Line[];
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** Null: the service could not say. */
export function verdictOf(plan: ServicePlan, answer: HeaderBlock): Verdict | null {
  const { status } = answer;
  if (status >= 500) return null;
  const allowed = status === 200;
  const remove = allowed ? answer.getAll(TO_REMOVE).flatMap((line) => line.split(",").map((name) => name.trim().toLowerCase()).filter((name) => name !== "")) : [];
  const verdict = { allowed, status, set: [] as Line[], add: [] as Line[], remove, response: [] as Line[] };
  const metadata = new Map<string, string>();
  answer.forEach((name, value, id) => {
    if (id === TO_REMOVE) return;
    if (plan.metadata(name)) metadata.set(name, value);
    if (name.startsWith(":")) return;
    if (allowed ? plan.upstream(name) : plan.refused(name)) verdict.set.push([name, value]);
    if (allowed && plan.appended(name)) verdict.add.push([name, value]);
    if (allowed && plan.allowed(name)) verdict.response.push([name, value]);
  });
  return { ...verdict, metadata: metadata.size === 0 ? null : Object.fromEntries(metadata) };
}
