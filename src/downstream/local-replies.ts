/** `local_reply_config`: what becomes of the answers that the proxy makes itself (Envoy's LocalReply). */
import { Buffer } from "node:buffer";
import { toWire } from "../base/wire-text.ts";
import type { LoggedStream } from "../contract/access-logger.ts";
import type { Env } from "../contract/env.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { type FormatPlan, compileSubstitutionFormat, contentTypeOf } from "../match/format/substitution-format.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileHeaderMutations, type HeaderMutations } from "../router/header-mutations.ts";
import type { DataSource, SubstitutionFormatString } from "../schema/generated/envoy/config/core/v3.ts";
import type { LocalReplyConfig, ResponseMapper } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { FormatView } from "../stream/format-view.ts";
import type { DraftReply } from "../stream/local-reply.ts";
import { compileLogFilter, type LogFilter } from "../stream/log-filter.ts";

const PACKAGE = "envoy.extensions.filters.network.http_connection_manager.v3";

export const honours = {
  [`${PACKAGE}.LocalReplyConfig`]: ["mappers", "body_format"],
  [`${PACKAGE}.ResponseMapper`]: ["filter", "status_code", "body", "body_format_override", "headers_to_add"],
};

interface BodyFormat {
  readonly format: FormatPlan;
  readonly contentType: string;
}

interface Mapper {
  readonly filter: LogFilter;
  readonly status: number | undefined;
  /** In wire form. */
  readonly body: string | undefined;
  readonly format: BodyFormat | undefined;
  readonly mutations: HeaderMutations;
}

export interface LocalReplyPlan {
  readonly mappers: readonly Mapper[];
  readonly format: BodyFormat | undefined;
}

/** Null where nothing is to be changed. */
export function compileLocalReplies(config: LocalReplyConfig | undefined, diagnostics: Diagnostics): LocalReplyPlan | null {
  if (config === undefined) return null;
  return { mappers: (config.mappers ?? []).map((mapper) => compileMapper(mapper, diagnostics)), format: compileBodyFormat(config.body_format, diagnostics) };
}

function compileMapper(config: ResponseMapper, diagnostics: Diagnostics): Mapper {
  return {
    filter: compileLogFilter(config.filter ?? {}, diagnostics),
    status: config.status_code,
    body: config.body === undefined ? undefined : bodyOf(config.body, diagnostics),
    format: compileBodyFormat(config.body_format_override, diagnostics),
    mutations: compileHeaderMutations({ at: config, add: config.headers_to_add, remove: undefined, removeKey: "" }, diagnostics),
  };
}

function bodyOf(source: DataSource, diagnostics: Diagnostics): string {
  if (source.inline_bytes !== undefined) return Buffer.from(source.inline_bytes, "base64").toString("latin1");
  for (const key of ["filename", "environment_variable"] as const) {
    if (source[key] !== undefined) diagnostics.report({ code: "LGT0901", at: source, key, message: "bodies of local replies from elsewhere cannot be read yet; write them inline" });
  }
  return toWire(source.inline_string ?? "");
}

function compileBodyFormat(config: SubstitutionFormatString | undefined, diagnostics: Diagnostics): BodyFormat | undefined {
  if (config === undefined) return undefined;
  const format = compileSubstitutionFormat(config, diagnostics);
  return format === undefined ? undefined : { format, contentType: contentTypeOf(config) };
}

/** Maps and formats a reply: the first mapper whose filter agrees, then its format or the general one. */
export function rewriteReply(plan: LocalReplyPlan, draft: DraftReply, headers: HeaderBlock, stream: LoggedStream, env: Env): void {
  const { info, requestHeaders, responseTrailers } = stream;
  const logged: LoggedStream = { info, requestHeaders, responseHeaders: headers, responseTrailers };
  const now = env.clock.now();
  let { format } = plan;
  for (const mapper of plan.mappers) {
    if (!mapper.filter({ stream: logged, type: "NotSet", now, random: env.random, runtime: env.runtime })) continue;
    applyMapper(mapper, draft, headers, logged, env);
    format = mapper.format ?? format;
    break;
  }
  if (format === undefined) return;
  draft.body = format.format.format(new FormatView(logged, env.machine, now, draft.body, "NotSet"));
  draft.contentType = format.contentType;
}

function applyMapper(mapper: Mapper, draft: DraftReply, headers: HeaderBlock, stream: LoggedStream, env: Env): void {
  if (mapper.body !== undefined) draft.body = mapper.body;
  mapper.mutations.apply(headers, new FormatView(stream, env.machine, env.clock.now(), "", "NotSet"));
  if (mapper.status === undefined) return;
  draft.status = mapper.status;
  headers.status = mapper.status;
  stream.info.responseCode = mapper.status;
}
