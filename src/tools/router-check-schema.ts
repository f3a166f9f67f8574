/** The messages of router_check_tool's files (test/tools/router_check/validation.proto of Envoy) as a table beside the API. */
import type { HeaderValue } from "../schema/generated/envoy/config/core/v3.ts";
import type { HeaderMatcher } from "../schema/generated/envoy/config/route/v3.ts";
import type { Metadata } from "../schema/generated/envoy/extensions/filters/http/set_metadata/v3.ts";
import { TypeTable, V3 } from "../schema/table.ts";

const PACKAGE = "envoy.RouterCheckToolSchema";
export const VALIDATION = `${PACKAGE}.Validation`;
export const VALIDATION_RESULT = `${PACKAGE}.ValidationResult`;

interface FieldLine {
  readonly n: string;
  readonly i: number;
  readonly k: string;
  readonly t?: string;
  readonly l?: 1;
  readonly r?: Readonly<Record<string, unknown>>;
  readonly d?: 1;
}

const HEADER_VALUE = "envoy.config.core.v3.HeaderValue";
const HEADER_MATCHER = "envoy.config.route.v3.HeaderMatcher";

function text(n: string, i: number, least?: number): FieldLine {
  return { n, i, k: "string", ...(least === undefined ? {} : { r: { min_len: String(least) } }) };
}

function message(n: string, i: number, t: string, more: Partial<FieldLine> = {}): FieldLine {
  return { n, i, k: "message", t, ...more };
}

const wrapped = (n: string, i: number): FieldLine => message(n, i, "google.protobuf.StringValue");
const REQUIRED = { r: { required: true } } as const;
const LIST = { l: 1 } as const;

/** The pairs of a failure: what was expected and what came. */
function pairs(names: readonly string[], first: number, type: string): FieldLine[] {
  return names.flatMap((name, at) => [
    message(`expected_${name}`, first + 2 * at, type), message(`actual_${name}`, first + 2 * at + 1, type),
  ]);
}

const MESSAGES: Readonly<Record<string, readonly FieldLine[]>> = {
  Validation: [message("tests", 1, `${PACKAGE}.ValidationItem`, { ...LIST, r: { min_items: "1" } })],
  ValidationItem: [text("test_name", 1, 1), message("input", 2, `${PACKAGE}.ValidationInput`, REQUIRED), message("validate", 3, `${PACKAGE}.ValidationAssert`, REQUIRED)],
  ValidationInput: [
    text("authority", 1, 1), text("path", 2, 1), text("method", 4, 3), { n: "random_value", i: 5, k: "uint64" }, { n: "ssl", i: 6, k: "bool" },
    { n: "internal", i: 7, k: "bool" }, text("runtime", 9), message("additional_request_headers", 10, HEADER_VALUE, LIST),
    message("additional_response_headers", 11, HEADER_VALUE, LIST), message("dynamic_metadata", 12, "envoy.extensions.filters.http.set_metadata.v3.Metadata", LIST),
  ],
  ValidationAssert: [
    ...["cluster_name", "virtual_cluster_name", "virtual_host_name", "host_rewrite", "path_rewrite", "path_redirect"].map((n, at) => wrapped(n, at + 1)),
    message("request_header_fields", 9, HEADER_VALUE, LIST), message("response_header_fields", 10, HEADER_VALUE, LIST),
    message("request_header_matches", 11, HEADER_MATCHER, LIST), message("response_header_matches", 12, HEADER_MATCHER, LIST),
    message("code_redirect", 13, "google.protobuf.UInt32Value"),
  ],
  ValidationResult: [message("test_results", 1, `${PACKAGE}.ValidationItemResult`, LIST)],
  ValidationItemResult: [text("test_name", 1), { n: "test_passed", i: 2, k: "bool" }, message("failure", 3, `${PACKAGE}.ValidationFailure`)],
  ValidationFailure: [
    ...pairs(["cluster_name", "virtual_cluster_name", "virtual_host_name", "host_rewrite", "path_rewrite", "path_redirect"], 1, "google.protobuf.StringValue"),
    ...pairs(["code_redirect"], 13, "google.protobuf.UInt32Value"),
    message("request_header_match_failures", 15, `${PACKAGE}.HeaderMatchFailure`, LIST), message("response_header_match_failures", 16, `${PACKAGE}.HeaderMatchFailure`, LIST),
  ],
  HeaderMatchFailure: [message("header_matcher", 1, HEADER_MATCHER), wrapped("actual_header_value", 2)],
};

const TABLE = `\n@test/tools/router_check/validation.proto\t{"l":1}\n${Object.entries(MESSAGES).map(([name, f]) => `${PACKAGE}.${name}\t${JSON.stringify({ f })}\n`).join("")}`;

/** The API and the messages of router_check_tool. */
export const CHECK_TABLE: TypeTable = new TypeTable(TABLE, V3);

export interface CheckInput {
  readonly authority: string;
  readonly path: string;
  readonly method: string;
  readonly random_value?: number | string;
  readonly ssl?: boolean;
  readonly internal?: boolean;
  readonly runtime?: string;
  readonly additional_request_headers?: readonly HeaderValue[];
  readonly additional_response_headers?: readonly HeaderValue[];
  readonly dynamic_metadata?: readonly Metadata[];
}

export interface CheckAssert {
  readonly cluster_name?: string;
  readonly virtual_cluster_name?: string;
  readonly virtual_host_name?: string;
  readonly host_rewrite?: string;
  readonly path_rewrite?: string;
  readonly path_redirect?: string;
  readonly code_redirect?: number;
  readonly request_header_fields?: readonly HeaderValue[];
  readonly response_header_fields?: readonly HeaderValue[];
  readonly request_header_matches?: readonly HeaderMatcher[];
  readonly response_header_matches?: readonly HeaderMatcher[];
}

export interface CheckItem {
  readonly test_name: string;
  readonly input: CheckInput;
  readonly validate: CheckAssert;
}

/** The decoded `envoy.RouterCheckToolSchema.Validation`. */
export interface Validation {
  readonly tests: readonly CheckItem[];
}
