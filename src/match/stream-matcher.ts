/** The conditions of a route on the stream rather than its headers: gRPC, client certificate, filter state. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_TYPE } from "../http/names.ts";
import type { RouteMatch_TlsContextMatchOptions } from "../schema/generated/envoy/config/route/v3.ts";
import type { FilterStateMatcher } from "../schema/generated/envoy/type/matcher/v3.ts";
import { compileAddressMatcher } from "./address-matcher.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compileStringMatcher } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";
import { toWire } from "../base/wire-text.ts";

export const honours = {
  "envoy.config.route.v3.RouteMatch": ["grpc", "tls_context", "filter_state"],
  "envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions": [],
  "envoy.config.route.v3.RouteMatch.TlsContextMatchOptions": ["presented", "validated"],
  "envoy.type.matcher.v3.FilterStateMatcher": ["key", "string_match", "address_match"],
} as const;

/** Whether the headers are those of a gRPC request. */
export function isGrpc(headers: HeaderBlock): boolean {
  const type = headers.get(CONTENT_TYPE);
  return type !== null && type.startsWith("application/grpc") && (type.length === 16 || type.charCodeAt(16) === 0x2b);
}

export class GrpcCondition implements Condition {
  readonly at: object;
  readonly key = "grpc";

  constructor(at: object) {
    this.at = at;
  }

  matches(request: RequestView): boolean {
    return isGrpc(request.headers);
  }

  describe(): string {
    return "the request is gRPC";
  }

  whyNot(request: RequestView): string {
    const type = request.headers.get(CONTENT_TYPE);
    return `content-type is ${type === null ? "absent" : shown(type)}, neither application/grpc nor application/grpc+...`;
  }
}

export class PeerCondition implements Condition {
  readonly at: object;
  readonly key = "tls_context";
  private readonly presented: boolean | undefined;
  private readonly validated: boolean | undefined;

  constructor(at: object, config: RouteMatch_TlsContextMatchOptions) {
    this.at = at;
    this.presented = config.presented;
    this.validated = config.validated;
  }

  matches({ peer }: RequestView): boolean {
    return (this.presented === undefined || this.presented === (peer?.presented === true))
      && (this.validated === undefined || this.validated === (peer?.validated === true));
  }

  describe(): string {
    const parts = [["presented", this.presented], ["validated", this.validated]].filter(([, wanted]) => wanted !== undefined);
    return `client certificate ${parts.map(([what, wanted]) => `${wanted === true ? "" : "not "}${what}`).join(" and ")}`;
  }

  whyNot({ peer }: RequestView): string {
    if (peer === undefined) return "the connection is not TLS";
    return `the client certificate was ${peer.presented ? "" : "not "}presented and ${peer.validated ? "" : "not "}validated`;
  }
}

export class FilterStateCondition implements Condition {
  readonly at: object;
  readonly key = "key";
  private readonly name: string;
  private readonly matcher: StringMatcher;

  constructor(config: FilterStateMatcher, diagnostics: Diagnostics) {
    this.at = config;
    this.name = config.key ?? "";
    this.matcher = config.address_match === undefined ? compileStringMatcher(config.string_match ?? {}, diagnostics) : compileAddressMatcher(config.address_match, diagnostics);
  }

  matches({ filterState }: RequestView): boolean {
    return Object.hasOwn(filterState, this.name) && this.matcher.test(toWire(filterState[this.name] ?? ""));
  }

  describe(): string {
    return `filter state ${this.name} ${this.matcher.describe()}`;
  }

  whyNot({ filterState }: RequestView): string {
    return Object.hasOwn(filterState, this.name) ? `filter state ${this.name} is ${shown(filterState[this.name] ?? "")}` : `filter state ${this.name} is absent`;
  }
}
