/** Which v3 message follows which v2 message, and the other way round. */
import { V3, type MessageType } from "../table.ts";
import { v2 } from "../v2.ts";

/** Where the API's annotations do not say. */
const BY_HAND: Readonly<Record<string, string>> = {
  "envoy.config.filter.http.ext_authz.v2.ExtAuthz": "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
  "envoy.config.filter.http.gzip.v2.Gzip": "envoy.extensions.filters.http.compressor.v3.Compressor",
};

/** Messages of v2 by other names: those they had before, and their successors' where those do not say it. */
const ALIASES: Readonly<Record<string, string>> = {
  "envoy.config.filter.http.ext_authz.v2alpha.ExtAuthz": "envoy.config.filter.http.ext_authz.v2.ExtAuthz",
  "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz": "envoy.config.filter.http.ext_authz.v2.ExtAuthz",
  "envoy.config.filter.http.fault.v2.HttpFault": "envoy.config.filter.http.fault.v2.HTTPFault",
};

const found = new Map<string, string | undefined>();

/** The v3 message that succeeds a message of v2; undefined where there is none. */
export function successorOf(name: string): string | undefined {
  if (!found.has(name)) found.set(name, BY_HAND[name] ?? V3.successorOf(name));
  return found.get(name);
}

/** The message of v2 behind a name of either API; undefined for what v2 did not have. */
export function v2MessageOf(name: string): MessageType | undefined {
  const old = ALIASES[name] ?? V3.message(name)?.previous ?? name;
  return V3.message(old) === undefined ? v2().message(old) : undefined;
}
