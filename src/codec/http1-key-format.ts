/** `header_key_format`: how the names of headers are written. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Http1ProtocolOptions_HeaderKeyFormat } from "../schema/generated/envoy/config/core/v3.ts";
import type { PreserveCaseFormatterConfig } from "../schema/generated/envoy/extensions/http/header_formatters/preserve_case/v3.ts";
import type { Http1ClientOptions } from "./http1-options.ts";

const PRESERVE_CASE = "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig";

export const honours = {
  "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat": ["proper_case_words", "stateful_formatter"],
  "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords": [],
  [PRESERVE_CASE]: ["formatter_type_on_envoy_headers"],
};

/** The codec's options for it. A formatter that is not preserve_case is reported. */
export function compileKeyFormat(config: Http1ProtocolOptions_HeaderKeyFormat | undefined, diagnostics: Diagnostics): Pick<Http1ClientOptions, "properCase" | "preserveCase"> {
  const properCase = config?.proper_case_words !== undefined;
  const formatter = config?.stateful_formatter;
  if (formatter === undefined) return { properCase };
  if (formatter.typed_config?.["@type"] !== `type.googleapis.com/${PRESERVE_CASE}`) {
    diagnostics.report({ code: "LGT0901", at: formatter, key: "typed_config", message: "the only header formatter that legate can run is preserve_case" });
    return { properCase };
  }
  const { formatter_type_on_envoy_headers: own } = formatter.typed_config as PreserveCaseFormatterConfig;
  return { properCase, preserveCase: own === "PROPER_CASE" ? "PROPER_CASE" : "DEFAULT" };
}
