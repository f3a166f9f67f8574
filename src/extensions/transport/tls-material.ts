/** Certificates, keys and authorities of a TLS context, from wherever they come; followed where they are discovered. */
import type { Buffer } from "node:buffer";
import { readDataSource, readTextSource } from "../../contract/data-source.ts";
import type { Env } from "../../contract/env.ts";
import { type FollowedSecret, mergedContext } from "../../contract/secrets.ts";
import type { CertificateValidationContext, CommonTlsContext, SdsSecretConfig, TlsCertificate } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

/** A certificate and its key, read. */
export interface Identity {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly pkcs12: Buffer | undefined;
  readonly passphrase: string | undefined;
}

export class TlsMaterial {
  private readonly env: Env;
  private readonly common: CommonTlsContext;
  private readonly followed: FollowedSecret[] = [];
  private readonly discovered = new Map<string, TlsCertificate>();
  private discoveredContext: CertificateValidationContext | undefined;
  private begun = false;

  /** `onChange`: a secret came, or came again; not called for those that are there at once. */
  constructor(common: CommonTlsContext, env: Env, onChange: () => void) {
    this.env = env;
    this.common = common;
    const told = (): void => { if (this.begun) onChange(); };
    for (const config of common.tls_certificate_sds_secret_configs ?? []) {
      this.follow(config, (certificate) => { if (certificate.tls_certificate !== undefined) this.discovered.set(config.name ?? "", certificate.tls_certificate); }, told);
    }
    const context = contextSecret(common);
    if (context !== undefined) this.follow(context, (secret) => { this.discoveredContext = secret.validation_context ?? this.discoveredContext; }, told);
    this.begun = true;
  }

  /** Whether all that is to be discovered is there. */
  get ready(): boolean {
    const wanted = this.common.tls_certificate_sds_secret_configs ?? [];
    const context = contextSecret(this.common);
    return wanted.every(({ name = "" }) => this.discovered.has(name)) && (context === undefined || this.discoveredContext !== undefined);
  }

  /** In the order of the configuration. Throws FileError. */
  identities(): Identity[] {
    const discovered = (this.common.tls_certificate_sds_secret_configs ?? []).map(({ name = "" }) => this.discovered.get(name)).filter((each) => each !== undefined);
    return [...(this.common.tls_certificates ?? []), ...discovered].map((certificate) => ({
      certificate: readTextSource(certificate.certificate_chain, this.env),
      key: readTextSource(certificate.private_key, this.env),
      pkcs12: readDataSource(certificate.pkcs12, this.env),
      passphrase: readTextSource(certificate.password, this.env),
    }));
  }

  /** What peers are held to; a discovered context adds to the default one. */
  context(): CertificateValidationContext | undefined {
    const { combined_validation_context: combined, validation_context: own } = this.common;
    if (combined !== undefined) return mergedContext(combined.default_validation_context ?? {}, this.discoveredContext ?? {});
    return own ?? this.discoveredContext;
  }

  close(): void {
    for (const secret of this.followed) secret.close();
  }

  private follow({ sds_config: source, name = "" }: SdsSecretConfig, take: (secret: Parameters<Parameters<Env["secrets"]["follow"]>[2]>[0]) => void, told: () => void): void {
    if (source === undefined) return;
    this.followed.push(this.env.secrets.follow(source, name, (secret) => {
      take(secret);
      told();
    }));
  }
}

function contextSecret(common: CommonTlsContext): SdsSecretConfig | undefined {
  return common.validation_context_sds_secret_config ?? common.combined_validation_context?.validation_context_sds_secret_config;
}
