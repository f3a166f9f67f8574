/** TLS towards the hosts of a cluster (Envoy's `envoy.transport_sockets.tls`, upstream). */
import type { Env } from "../../contract/env.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { UpstreamPeer, UpstreamStart, UpstreamTransport } from "../../contract/transport-socket.ts";
import { openTlsContext } from "../../platform/tls-context.ts";
import type { TlsContext } from "../../platform/tls.ts";
import type { UpstreamTlsContext } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { checkValidators, honours, trustOf } from "./tls-context.ts";
import { TlsMaterial } from "./tls-material.ts";
import { tlsLimits } from "./tls-parameters.ts";
import { contextShape, countFailure, countVerdict, NOT_READY, SSL_SHAPE, UPDATED } from "./tls-stats.ts";
import type { PeerWishes, Validation } from "./tls-validation.ts";

const CONFIG = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

export const tlsUpstream = defineExtension<"envoy.transport_sockets.upstream", UpstreamTlsContext>({
  category: "envoy.transport_sockets.upstream",
  name: "envoy.transport_sockets.tls",
  config: CONFIG,
  honours: { ...honours, [CONFIG]: ["common_tls_context", "sni", "auto_host_sni", "auto_sni_san_validation", "max_session_keys", "allow_renegotiation=false", "enforce_rsa_key_usage"] },
  compile(config, { statPrefix, diagnostics }) {
    checkValidators(config.common_tls_context, diagnostics);
    return { open: (env) => new TlsClient(config, statPrefix, env) };
  },
});

/** What Envoy's library accepts by default; the runtime's own list would show another client. */
const SIGNATURES = "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA-PSS+SHA512:RSA+SHA512:RSA+SHA1";

/** Names whose sessions are kept. */
const MOST_NAMES = 1000;

interface Ready {
  readonly context: TlsContext;
  readonly validation: Validation;
}

class TlsClient implements UpstreamTransport {
  readonly secure = true;
  private readonly config: UpstreamTlsContext;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly factoryStats: StatBlock;
  private readonly material: TlsMaterial;
  private readonly alpn: readonly string[];
  private readonly mostSessions: number;
  /** By the name asked for: a session of another name is not resumed. */
  private readonly sessions = new Map<string, Buffer[]>();
  private ready: Ready | null = null;

  /** `prefix`: `cluster.NAME.`. Throws FileError or TlsContextError where what is configured cannot be used. */
  constructor(config: UpstreamTlsContext, prefix: string, env: Env) {
    this.config = config;
    this.env = env;
    this.stats = env.stats.block(`${prefix}ssl.`, SSL_SHAPE);
    this.factoryStats = env.stats.block(prefix, contextShape("client"));
    this.mostSessions = config.max_session_keys ?? 1;
    const common = config.common_tls_context ?? {};
    this.alpn = (common.alpn_protocols ?? []).flatMap((list) => list.split(","));
    this.material = new TlsMaterial(common, env, () => this.renew());
    if (this.material.ready) this.ready = this.load();
  }

  start(peer: UpstreamPeer): UpstreamStart | string {
    const { ready, config } = this;
    if (ready === null) {
      this.factoryStats.inc(NOT_READY);
      return "TLS error: Secret is not supplied by SDS";
    }
    const serverName = peer.serverName ?? ((config.auto_host_sni === true && peer.hostname !== "" ? peer.hostname : config.sni) ?? "");
    const wishes: PeerWishes = { serverName, acceptedNames: peer.acceptedNames };
    return {
      tls: {
        context: ready.context, serverName, alpn: this.alpn.length === 0 ? (peer.alpn ?? []) : this.alpn,
        session: this.sessions.get(serverName)?.at(-1),
        onSession: (session) => this.keep(serverName, session),
        judge: (facts) => countVerdict(this.stats, facts, ready.validation.judge(facts, wishes)),
        onFailure: (failure) => countFailure(this.stats, failure),
      },
    };
  }

  close(): void {
    this.material.close();
  }

  private keep(serverName: string, session: Buffer): void {
    if (this.mostSessions === 0) return;
    const kept = this.sessions.get(serverName) ?? [];
    if (!this.sessions.has(serverName) && this.sessions.size < MOST_NAMES) this.sessions.set(serverName, kept);
    kept.push(session);
    if (kept.length > this.mostSessions) kept.shift();
  }

  private renew(): void {
    if (!this.material.ready) return;
    try {
      this.ready = this.load();
      this.sessions.clear();
      this.factoryStats.inc(UPDATED);
    } catch {
      // its reason may not be printed next to a secret; the old one goes on
    }
  }

  private load(): Ready {
    const { config, material, env } = this;
    const trust = trustOf(material.context(), env, { requireCertificate: false, matchServerName: config.auto_sni_san_validation === true });
    const [identity] = material.identities();
    const limits = tlsLimits(config.common_tls_context?.tls_params, false);
    const signatureAlgorithms = limits.signatureAlgorithms ?? (identity === undefined ? SIGNATURES : undefined);
    return { context: openTlsContext({ ...limits, signatureAlgorithms, ...identity, authorities: trust.authorities, crl: trust.crl }), validation: trust.validation };
  }
}
