/** Takes the PROXY header in front of a connection, and believes what it says of the client. */
import type { Buffer } from "node:buffer";
import { type ProxyHeader, type ProxyReaderOptions, type ProxyReading, readProxyHeader, type Tlv } from "../../codec/proxy-reader.ts";
import { defineExtension } from "../../contract/extension.ts";
import { type AcceptedSocket, Done, type ListenerFilter, type ListenerVerdict, Refuse, Wait } from "../../contract/listener-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import { sameAddress } from "../../platform/address.ts";
import type { ProxyProtocol, ProxyProtocol_KeyValuePair } from "../../schema/generated/envoy/extensions/filters/listener/proxy_protocol/v3.ts";
import type { BlockSource, StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.listener.proxy_protocol.v3";
const CONFIG = `${PACKAGE}.ProxyProtocol`;
const METADATA = "envoy.filters.listener.proxy_protocol";
const TLV_STATE = "envoy.network.proxy_protocol.tlv";

const GENERAL = statLayout({ counters: ["not_found_allowed", "not_found_disallowed"] });
const NOT_FOUND_ALLOWED = placeIn(GENERAL, "not_found_allowed");
const NOT_FOUND_DISALLOWED = placeIn(GENERAL, "not_found_disallowed");
const VERSION = statLayout({ counters: ["disallowed", "error", "found"] });
const DISALLOWED = placeIn(VERSION, "disallowed");
const ERROR = placeIn(VERSION, "error");
const FOUND = placeIn(VERSION, "found");
/** The old name, counted for every error. */
const LEGACY = statLayout({ counters: ["downstream_cx_proxy_proto_error"] });

export const proxyProtocol = defineExtension<"envoy.filters.listener", ProxyProtocol>({
  category: "envoy.filters.listener",
  name: "envoy.filters.listener.proxy_protocol",
  config: CONFIG,
  honours: {
    [CONFIG]: ["rules", "allow_requests_without_proxy_protocol", "disallowed_versions", "stat_prefix", "tlv_location"],
    [`${PACKAGE}.ProxyProtocol.Rule`]: ["tlv_type", "on_tlv_present"],
    [`${PACKAGE}.ProxyProtocol.KeyValuePair`]: ["metadata_namespace", "key", "value_string_encoding"],
  },
  compile(config) {
    const plan = planOf(config);
    return {
      open(env) {
        const stats = openStats(env.stats, config.stat_prefix ?? "");
        return () => new ProxyHeaders(plan, stats);
      },
    };
  },
});

interface ProxyPlan {
  readonly reader: ProxyReaderOptions;
  readonly rules: ReadonlyMap<number, ProxyProtocol_KeyValuePair>;
  readonly inFilterState: boolean;
}

function planOf(config: ProxyProtocol): ProxyPlan {
  const denied = config.disallowed_versions ?? [];
  return {
    reader: { allowNone: config.allow_requests_without_proxy_protocol === true, allowV1: !denied.includes("V1"), allowV2: !denied.includes("V2") },
    rules: new Map((config.rules ?? []).map((rule) => [(rule.tlv_type ?? 0) & 0xff, rule.on_tlv_present ?? {}])),
    inFilterState: config.tlv_location === "FILTER_STATE",
  };
}

interface ProxyStats {
  readonly general: StatBlock;
  readonly versions: readonly [StatBlock, StatBlock];
  readonly legacy: StatBlock;
}

function openStats(source: BlockSource, statPrefix: string): ProxyStats {
  const prefix = statPrefix === "" ? "proxy_proto." : `proxy_proto.${statPrefix}.`;
  return {
    general: source.block(prefix, GENERAL), versions: [source.block(`${prefix}versions.v1.`, VERSION), source.block(`${prefix}versions.v2.`, VERSION)],
    legacy: source.block("", LEGACY),
  };
}

class ProxyHeaders implements ListenerFilter {
  private readonly plan: ProxyPlan;
  private readonly stats: ProxyStats;

  constructor(plan: ProxyPlan, stats: ProxyStats) {
    this.plan = plan;
    this.stats = stats;
  }

  onAccept(): ListenerVerdict {
    return Wait;
  }

  onData(received: Buffer, socket: AcceptedSocket, take: (bytes: number) => void): ListenerVerdict {
    const reading = readProxyHeader(received, this.plan.reader);
    if (reading.kind === "more") return Wait;
    if (reading.kind === "header") return this.accept(reading.header, socket, take);
    if (reading.kind === "none") {
      this.stats.general.inc(NOT_FOUND_ALLOWED);
      return Done;
    }
    return this.refuse(reading);
  }

  private accept(header: ProxyHeader, socket: AcceptedSocket, take: (bytes: number) => void): ListenerVerdict {
    this.stats.versions[header.version - 1]?.inc(FOUND);
    const { addresses } = header;
    if (addresses !== null) {
      if (!sameAddress(addresses.local, socket.local)) {
        socket.local = addresses.local;
        socket.localRestored = true;
      }
      socket.remote = addresses.remote;
    }
    for (const tlv of header.tlvs) this.keep(tlv, socket);
    take(header.length);
    return Done;
  }

  private refuse({ kind, version }: ProxyReading & { readonly kind: "error" | "denied" }): ListenerVerdict {
    const stats = version === 0 ? undefined : this.stats.versions[version - 1];
    if (kind === "denied") {
      stats?.inc(FOUND);
      stats?.inc(DISALLOWED);
      return Refuse;
    }
    if (stats === undefined) this.stats.general.inc(NOT_FOUND_DISALLOWED);
    else stats.inc(ERROR);
    this.stats.legacy.inc(0);
    return Refuse;
  }

  private keep({ type, value }: Tlv, { info }: AcceptedSocket): void {
    const rule = this.plan.rules.get(type);
    if (rule === undefined) return;
    const text = rule.value_string_encoding === "BASE64" ? value.toString("base64") : sanitized(value);
    const key = rule.key ?? "";
    if (!this.plan.inFilterState) return info.mergeMetadata(rule.metadata_namespace || METADATA, { [key]: text });
    const state = (info.filterState ??= new Map());
    const before = state.get(TLV_STATE) as string | undefined;
    state.set(TLV_STATE, JSON.stringify({ ...(before === undefined ? {} : (JSON.parse(before) as object)), [key]: text }));
  }
}

/** As Envoy does with what is no UTF-8: each such byte becomes `!`. */
function sanitized(value: Buffer): string {
  const text = value.toString("utf8");
  if (!text.includes("\ufffd")) return text;
  let result = "";
  for (let at = 0; at < value.length;) {
    const length = sequenceAt(value, at);
    result += length === 0 ? "!" : value.toString("utf8", at, at + length);
    at += Math.max(length, 1);
  }
  return result;
}

/** Bytes of the well-formed sequence that begins here; 0: none does. */
function sequenceAt(value: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= value.length; length++) {
    if (!value.toString("utf8", at, at + length).includes("\ufffd")) return length;
  }
  return 0;
}
