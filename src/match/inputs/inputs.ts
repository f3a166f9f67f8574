/** The inputs of matcher trees: texts of a request or a connection. An input that is not there is null. */
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import { queryParameters } from "../../http/query.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";
import { metadataAt } from "../metadata-matcher.ts";
import { metadataOf, type MatchSubject } from "./subject.ts";

const HTTP = "envoy.type.matcher.v3";
const NETWORK = "envoy.extensions.matching.common_inputs.network.v3";
const SSL = "envoy.extensions.matching.common_inputs.ssl.v3";
const CEL_INPUT = "xds.type.matcher.v3.HttpAttributesCelMatchInput";

export const honours = {
  [`${HTTP}.HttpRequestHeaderMatchInput`]: ["header_name"], [`${HTTP}.HttpResponseHeaderMatchInput`]: ["header_name"], [`${HTTP}.HttpResponseTrailerMatchInput`]: ["header_name"],
  [`${HTTP}.HttpRequestQueryParamMatchInput`]: ["query_param"], [`${HTTP}.HttpResponseStatusCodeMatchInput`]: [], [`${HTTP}.HttpResponseStatusCodeClassMatchInput`]: [],
  [`${NETWORK}.DestinationIPInput`]: [], [`${NETWORK}.DestinationPortInput`]: [], [`${NETWORK}.SourceIPInput`]: [], [`${NETWORK}.SourcePortInput`]: [], [`${NETWORK}.DirectSourceIPInput`]: [],
  [`${NETWORK}.SourceTypeInput`]: [], [`${NETWORK}.ServerNameInput`]: [], [`${NETWORK}.TransportProtocolInput`]: [], [`${NETWORK}.ApplicationProtocolInput`]: [], [`${NETWORK}.FilterStateInput`]: ["key"], [`${NETWORK}.DynamicMetadataInput`]: ["filter", "path"], [`${NETWORK}.DynamicMetadataInput.PathSegment`]: ["key"],
  [`${SSL}.UriSanInput`]: [], [`${SSL}.DnsSanInput`]: [], [`${SSL}.SubjectInput`]: [], [CEL_INPUT]: [],
} as const;

/** `text`: for string matchers. `value`: for custom matchers, which may take more than text. */
export interface Input {
  text(subject: MatchSubject): string | null;
  value(subject: MatchSubject): unknown;
}

type Read = (subject: MatchSubject) => string | null;
type Config = Readonly<Record<string, unknown>>;

function ofText(read: Read): Input {
  return { text: read, value: read };
}

function header(config: Config, block: (subject: MatchSubject) => HeaderBlock | null): Input {
  const id = nameId(String(config["header_name"] ?? ""));
  return ofText((subject) => block(subject)?.joined(id) ?? null);
}

const ip = (address: SocketAddress): string | null => (address.kind === "ip" ? address.ip : null);
const port = (address: SocketAddress): string | null => (address.kind === "ip" ? String(address.port) : null);
const filled = (text: string | undefined): string | null => text || null;

function isLocal({ info }: MatchSubject): boolean {
  const { remote, local } = info.downstream;
  return remote.kind === "pipe" || remote.ip === "::1" || remote.ip === "127.0.0.1" || (local.kind === "ip" && local.ip === remote.ip);
}

function metadataInput(config: Config): Input {
  const segments = (config["path"] as readonly { readonly key?: string }[] | undefined) ?? [];
  const path = [String(config["filter"] ?? ""), ...segments.map((segment) => segment.key ?? "")];
  return { text: () => null, value: (subject) => metadataAt(metadataOf(subject), path) };
}

function queryInput(config: Config): Input {
  const name = toWire(String(config["query_param"] ?? ""));
  return ofText(({ requestHeaders }) => queryParameters(requestHeaders.path ?? "").get(name)?.[0] ?? null);
}

function filterStateInput(config: Config): Input {
  const key = String(config["key"] ?? "");
  return ofText(({ info }) => {
    const value = info.filterState?.get(key);
    return typeof value === "string" ? toWire(value) : null;
  });
}

const INPUTS: Readonly<Record<string, (config: Config) => Input>> = {
  [`${HTTP}.HttpRequestHeaderMatchInput`]: (config) => header(config, ({ requestHeaders }) => requestHeaders),
  [`${HTTP}.HttpResponseHeaderMatchInput`]: (config) => header(config, ({ responseHeaders }) => responseHeaders),
  [`${HTTP}.HttpResponseTrailerMatchInput`]: (config) => header(config, ({ responseTrailers }) => responseTrailers),
  [`${HTTP}.HttpRequestQueryParamMatchInput`]: queryInput,
  [`${HTTP}.HttpResponseStatusCodeMatchInput`]: () => ofText(({ responseHeaders }) => (responseHeaders === null ? null : String(responseHeaders.status))),
  [`${HTTP}.HttpResponseStatusCodeClassMatchInput`]: () => ofText(({ responseHeaders }) => {
    const status = responseHeaders?.status ?? 0;
    return status >= 100 && status < 600 ? `${Math.trunc(status / 100)}xx` : null;
  }),
  [`${NETWORK}.DestinationIPInput`]: () => ofText(({ info }) => ip(info.downstream.local)),
  [`${NETWORK}.DestinationPortInput`]: () => ofText(({ info }) => port(info.downstream.local)),
  [`${NETWORK}.SourceIPInput`]: () => ofText(({ info }) => ip(info.remote)),
  [`${NETWORK}.SourcePortInput`]: () => ofText(({ info }) => port(info.remote)),
  [`${NETWORK}.DirectSourceIPInput`]: () => ofText(({ info }) => ip(info.downstream.direct)),
  [`${NETWORK}.SourceTypeInput`]: () => ofText((subject) => (isLocal(subject) ? "local" : null)),
  [`${NETWORK}.ServerNameInput`]: () => ofText(({ serverName }) => filled(serverName.toLowerCase())),
  [`${NETWORK}.TransportProtocolInput`]: () => ofText(({ offered }) => filled(offered?.transportProtocol)),
  [`${NETWORK}.ApplicationProtocolInput`]: () => ofText(({ offered }) => filled(offered?.applicationProtocols.map((each) => `'${each}'`).join(","))),
  [`${NETWORK}.FilterStateInput`]: filterStateInput,
  [`${NETWORK}.DynamicMetadataInput`]: metadataInput,
  [`${SSL}.UriSanInput`]: () => ofText(({ tls }) => filled(tls?.uriSans.join(","))),
  [`${SSL}.DnsSanInput`]: () => ofText(({ tls }) => filled(tls?.dnsSans.join(","))),
  [`${SSL}.SubjectInput`]: () => ofText(({ tls }) => filled(tls?.subject)),
  [CEL_INPUT]: () => ({ text: () => null, value: ({ facts }) => facts }),
};

/** Type name of an Any, "" without one. */
export function typeNameOf(any: Any | undefined): string {
  const url = any?.["@type"] ?? "";
  return url.slice(url.lastIndexOf("/") + 1);
}

/** Compiles an input. One that is not known here is reported and gives nothing. */
export function compileInput(config: Any | undefined, at: object, diagnostics: Diagnostics): Input {
  const type = typeNameOf(config);
  const make = INPUTS[type];
  if (make !== undefined) return make(config as Config);
  if (type !== "") diagnostics.report({ code: "LGT0901", at: config ?? at, message: `the input ${type} of a matcher is known to Envoy and not done here` });
  return ofText(() => null);
}
