/** envoy.config.core.v3.SubstitutionFormatString: a text or JSON format as a message. */
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { SubstitutionFormatString } from "../../schema/generated/envoy/config/core/v3.ts";
import type { FormatContext } from "./format-context.ts";
import { compileFormat } from "./format-string.ts";
import { compileJsonFormat } from "./json-format.ts";

export const honours = {
  "envoy.config.core.v3.SubstitutionFormatString": ["text_format", "json_format", "omit_empty_values", "content_type", "text_format_source"],
  "envoy.config.core.v3.DataSource": ["inline_string"],
} as const;

export interface FormatPlan {
  format(context: FormatContext): string;
  readonly constant: string | undefined;
}

/** The type of the content a format makes: its own, `application/json` for JSON, else `text/plain`. */
export function contentTypeOf(config: SubstitutionFormatString): string {
  return config.content_type || (config.json_format === undefined ? "text/plain" : "application/json");
}

/** Compiles the format; errors are reported and give `undefined`. */
export function compileSubstitutionFormat(config: SubstitutionFormatString, diagnostics: Diagnostics): FormatPlan | undefined {
  const omit = config.omit_empty_values === true;
  if (config.json_format !== undefined) return compileJsonFormat(config.json_format, omit, { at: config, key: "json_format", diagnostics });
  const source = config.text_format_source;
  if (source?.inline_string !== undefined) return compileFormat(source.inline_string, omit, { at: source, key: "inline_string", diagnostics });
  return compileFormat(config.text_format ?? "", omit, { at: config, key: "text_format", diagnostics });
}
