/** TLS towards clients (Envoy's `envoy.transport_sockets.tls`, downstream). */
import { type Certificate, readCertificate } from "../../codec/certificate.ts";
import { type ClientHello, notTls, readClientHello } from "../../codec/client-hello.ts";
import type { Env } from "../../contract/env.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { TlsDownstreamTransport } from "../../contract/transport-socket.ts";
import { openTlsContext } from "../../platform/tls-context.ts";
import { type TlsContext, tlsFailureText, type TlsServerOptions } from "../../platform/tls.ts";
import type { DownstreamTlsContext } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { CertificateChoice } from "./certificate-choice.ts";
import { checkValidators, honours, trustOf } from "./tls-context.ts";
import { TlsMaterial } from "./tls-material.ts";
import { tlsLimits } from "./tls-parameters.ts";
import { contextShape, countFailure, countVerdict, NOT_READY, SSL_SHAPE, STAPLE_OMITTED, STAPLE_REQUESTS, UPDATED } from "./tls-stats.ts";
import type { Validation } from "./tls-validation.ts";

const CONFIG = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";

export const tlsDownstream = defineExtension<"envoy.transport_sockets.downstream", DownstreamTlsContext>({
  category: "envoy.transport_sockets.downstream",
  name: "envoy.transport_sockets.tls",
  config: CONFIG,
  honours: {
    ...honours,
    [CONFIG]: ["common_tls_context", "require_client_certificate", "require_sni", "full_scan_certs_on_sni_mismatch", "ocsp_staple_policy=LENIENT_STAPLING", "disable_stateful_session_resumption"],
  },
  compile(config, { surroundings, diagnostics }) {
    checkValidators(config.common_tls_context, diagnostics);
    return { open: (env) => new TlsServer(config, surroundings.listenerPrefix, env) };
  },
});

/** What answers handshakes until a secret changes. */
interface Ready {
  readonly choice: CertificateChoice;
  readonly contexts: readonly TlsContext[];
  readonly validation: Validation;
}

const NAME_MISSING = "TLS_error:|268435754:SSL routines:OPENSSL_internal:TLSV1_UNRECOGNIZED_NAME:TLS_error_end";

class TlsServer implements TlsDownstreamTransport {
  readonly kind = "tls";
  private readonly config: DownstreamTlsContext;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly factoryStats: StatBlock;
  private readonly material: TlsMaterial;
  private readonly alpn: readonly string[];
  private ready: Ready | null = null;

  /** Throws FileError or TlsContextError where what is configured cannot be used. */
  constructor(config: DownstreamTlsContext, prefix: string, env: Env) {
    this.config = config;
    this.env = env;
    this.stats = env.stats.block(`${prefix}ssl.`, SSL_SHAPE);
    this.factoryStats = env.stats.block(prefix, contextShape("server"));
    const common = config.common_tls_context ?? {};
    this.alpn = (common.alpn_protocols ?? []).flatMap((list) => list.split(","));
    this.material = new TlsMaterial(common, env, () => this.renew());
    if (this.material.ready) this.ready = this.load();
  }

  answer(received: Buffer): TlsServerOptions | "more" | string {
    if (this.ready === null) {
      this.factoryStats.inc(NOT_READY);
      return "TLS error: Secret is not supplied by SDS";
    }
    const hello = readClientHello(received);
    if (hello === "more") return "more";
    const nonsense = hello === "no" ? notTls(received) : null;
    if (nonsense !== null) {
      const failure = tlsFailureText(`error:${nonsense}`);
      countFailure(this.stats, failure);
      return failure;
    }
    // any other thing that is no ClientHello is left to the library, which knows what to say of it
    if (hello !== "no" && this.config.require_sni === true && hello.serverName === "") return NAME_MISSING;
    return this.options(hello === "no" ? null : hello, this.ready);
  }

  close(): void {
    this.material.close();
  }

  private options(hello: ClientHello | null, { choice, contexts, validation }: Ready): TlsServerOptions {
    if (hello?.wantsStaple === true) {
      this.stats.inc(STAPLE_REQUESTS);
      this.stats.inc(STAPLE_OMITTED);
    }
    return {
      context: contexts[hello === null ? 0 : choice.choose(hello)] as TlsContext,
      alpn: this.alpn.find((protocol) => hello?.protocols?.includes(protocol)),
      requestCertificate: validation.asked,
      requireCertificate: validation.required, acceptsUnverified: validation.acceptsUnverified,
      judge: (facts) => countVerdict(this.stats, facts, validation.judge(facts, {})),
      onFailure: (failure) => countFailure(this.stats, failure),
    };
  }

  /** A secret came: new handshakes use it. One that cannot be used leaves the one before in place. */
  private renew(): void {
    if (!this.material.ready) return;
    try {
      this.ready = this.load();
      this.factoryStats.inc(UPDATED);
    } catch {
      // its reason may not be printed next to a secret; the old one goes on
    }
  }

  private load(): Ready {
    const { config, material, env } = this;
    const common = config.common_tls_context ?? {};
    const trust = trustOf(material.context(), env, { requireCertificate: config.require_client_certificate === true, matchServerName: false });
    const limits = tlsLimits(common.tls_params, true);
    const contexts = material.identities().map((identity) => openTlsContext({ ...limits, ...identity, authorities: trust.authorities, crl: trust.crl }));
    const certificates: (Certificate | null)[] = contexts.map(({ certificate }) => (certificate === undefined ? null : readCertificate(certificate)));
    return { choice: new CertificateChoice(certificates, config.full_scan_certs_on_sni_mismatch === true), contexts, validation: trust.validation };
  }
}
