/** Direct responses: status, body, and the format a body may be wrapped in. */
import { Buffer } from "node:buffer";
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileSubstitutionFormat, contentTypeOf } from "../match/format/substitution-format.ts";
import type { FormatPlan } from "../match/format/substitution-format.ts";
import type { DataSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { DirectResponseAction } from "../schema/generated/envoy/config/route/v3.ts";
import { ownUri } from "./redirect.ts";

export const honours = {
  "envoy.config.route.v3.DirectResponseAction": ["status", "body", "body_format"],
  "envoy.config.core.v3.DataSource": ["inline_string", "inline_bytes", "filename", "environment_variable"],
} as const;

/** Reads what a body may come from outside the configuration: bytes in wire form; `null`: it is not there; `undefined`: nobody looks. */
export interface BodySources {
  file(path: string): string | null | undefined;
  environment(name: string): string | null | undefined;
}

export const NO_SOURCES: BodySources = { file: () => undefined, environment: () => undefined };

export class DirectResponsePlan {
  readonly status: number;
  /** The body in wire form, before `body_format`. */
  readonly body: string;
  readonly contentType: string;
  private readonly format: FormatPlan | undefined;

  constructor(status: number, body: string, contentType: string, format: FormatPlan | undefined) {
    this.status = status;
    this.body = body;
    this.contentType = contentType;
    this.format = format;
  }

  /** The body for one stream, in wire form. */
  bodyFor(context: FormatContext): string {
    return this.format === undefined ? this.body : this.format.format({ ...blocksOf(context), localReplyBody: this.body });
  }

  /** The Location header: only a 201 or 3xx has one, the request's own URL. */
  location(headers: HeaderBlock): string | undefined {
    return this.status === 201 || (this.status >= 300 && this.status < 400) ? ownUri(headers) : undefined;
  }
}

/** The members that a spread would miss where a context computes them. */
function blocksOf(context: FormatContext): Omit<FormatContext, "localReplyBody"> {
  const { requestHeaders, responseHeaders, responseTrailers, accessLogType, stream, machine } = context;
  return { requestHeaders, responseHeaders, responseTrailers, accessLogType, stream, machine };
}

function textOf(source: DataSource | undefined, sources: BodySources, diagnostics: Diagnostics): string {
  if (source?.inline_string !== undefined) return toWire(source.inline_string);
  if (source?.inline_bytes !== undefined) return Buffer.from(source.inline_bytes, "base64").toString("latin1");
  if (source?.filename !== undefined) {
    const text = sources.file(source.filename);
    if (text === null) diagnostics.report({ code: "LGT0573", at: source, key: "filename", message: `file ${source.filename} does not exist` });
    return text ?? "";
  }
  if (source?.environment_variable !== undefined) {
    const text = sources.environment(source.environment_variable);
    if (text === null) diagnostics.report({ code: "LGT0573", at: source, key: "environment_variable", message: `environment variable doesn't exist: ${source.environment_variable}` });
    return text ?? "";
  }
  return "";
}

/** Compiles a direct response. `limit`: the most bytes a body may have. */
export function compileDirectResponse(
  config: DirectResponseAction, limit: number, sources: BodySources, diagnostics: Diagnostics,
): DirectResponsePlan {
  const body = textOf(config.body, sources, diagnostics);
  if (body.length > limit) {
    diagnostics.report({ code: "LGT0565", at: config, key: "body", message: `response body size is ${body.length} bytes; maximum is ${limit}` });
  }
  const format = config.body_format === undefined ? undefined : compileSubstitutionFormat(config.body_format, diagnostics);
  const contentType = config.body_format === undefined ? "text/plain" : contentTypeOf(config.body_format);
  return new DirectResponsePlan(config.status ?? 0, body, contentType, format);
}
