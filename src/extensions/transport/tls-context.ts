/** What both sides' TLS contexts have in common: fields that are honoured, authorities, the validation made of what was read. */
import { Buffer } from "node:buffer";
import { honours as dataSources, readTextSource } from "../../contract/data-source.ts";
import type { Env } from "../../contract/env.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { certificatesOf } from "../../platform/tls-context.ts";
import { TlsContextError } from "../../platform/tls.ts";
import type { CertificateValidationContext, CommonTlsContext, SPIFFECertValidatorConfig } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import { SPIFFE_CONFIG, type TrustDomains } from "./spiffe.ts";
import { compileRules, type Validation, validation } from "./tls-validation.ts";

const PACKAGE = "envoy.extensions.transport_sockets.tls.v3";

export const honours = {
  ...dataSources,
  [`${PACKAGE}.CommonTlsContext`]: [
    "tls_params", "tls_certificates", "tls_certificate_sds_secret_configs", "validation_context", "validation_context_sds_secret_config", "combined_validation_context",
    "alpn_protocols",
  ],
  [`${PACKAGE}.CommonTlsContext.CombinedCertificateValidationContext`]: ["default_validation_context", "validation_context_sds_secret_config"],
  [`${PACKAGE}.TlsParameters`]: ["tls_minimum_protocol_version", "tls_maximum_protocol_version", "cipher_suites", "ecdh_curves", "signature_algorithms"],
  [`${PACKAGE}.TlsCertificate`]: ["certificate_chain", "private_key", "pkcs12", "password", "watched_directory"],
  [`${PACKAGE}.Secret`]: ["name", "tls_certificate", "validation_context"],
  [`${PACKAGE}.SdsSecretConfig`]: ["name", "sds_config"],
  [`${PACKAGE}.CertificateValidationContext`]: [
    "trusted_ca", "system_root_certs", "watched_directory", "verify_certificate_spki", "verify_certificate_hash", "match_typed_subject_alt_names", "match_subject_alt_names",
    "crl", "trust_chain_verification", "max_verify_depth", "custom_validator_config",
  ],
  [`${PACKAGE}.CertificateValidationContext.SystemRootCerts`]: [],
  [`${PACKAGE}.SubjectAltNameMatcher`]: ["san_type", "matcher", "oid"],
  [SPIFFE_CONFIG]: ["trust_domains"],
  [`${SPIFFE_CONFIG}.TrustDomain`]: ["name", "trust_bundle"],
  "envoy.config.core.v3.WatchedDirectory": ["path"],
  "envoy.config.core.v3.PathConfigSource": ["path", "watched_directory"],
} as const;

/** The authorities' part of a context, and what judges peers. */
export interface Trust {
  readonly authorities: string | undefined;
  readonly crl: string | undefined;
  readonly validation: Validation;
}

export interface TrustOptions {
  readonly requireCertificate: boolean;
  readonly matchServerName: boolean;
}

const SILENT: Diagnostics = { report: () => undefined };

/** Throws FileError. */
export function trustOf(context: CertificateValidationContext | undefined, env: Env, options: TrustOptions): Trust {
  const spiffe = domainsOf(context, env);
  const pem = spiffe === null ? authoritiesOf(context, env) : [...spiffe.values()].flat().map(toPem).join("\n");
  const authorities = certificatesOf(pem ?? "");
  return {
    authorities: authorities.length === 0 ? undefined : pem,
    crl: readTextSource(context?.crl, env),
    validation: validation(compileRules(context, SILENT), { authorities, spiffe, matchServerName: options.matchServerName }, options.requireCertificate),
  };
}

/** Where distributions keep the system's authorities. */
const SYSTEM_ROOTS = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

function authoritiesOf(context: CertificateValidationContext | undefined, env: Env): string | undefined {
  if (context?.trusted_ca !== undefined) return readTextSource(context.trusted_ca, env);
  if (context?.system_root_certs === undefined) return undefined;
  const path = SYSTEM_ROOTS.find((each) => env.files.exists(each));
  return path === undefined ? undefined : env.files.readBytes(path).toString("latin1");
}

/** Validators that legate has not are an error: without them anybody might come in. */
export function checkValidators(common: CommonTlsContext | undefined, diagnostics: Diagnostics): void {
  for (const context of [common?.validation_context, common?.combined_validation_context?.default_validation_context]) {
    const validator = context?.custom_validator_config;
    if (validator === undefined || isSpiffe(validator.typed_config)) continue;
    diagnostics.report({ code: "LGT0901", at: validator, key: "typed_config", message: "the only validator of certificates that legate has besides its own is SPIFFE's" });
  }
}

function isSpiffe(config: { readonly "@type"?: string } | undefined): boolean {
  return config?.["@type"]?.endsWith(`/${SPIFFE_CONFIG}`) === true;
}

function domainsOf(context: CertificateValidationContext | undefined, env: Env): TrustDomains | null {
  const config = context?.custom_validator_config?.typed_config;
  if (context?.custom_validator_config === undefined) return null;
  if (config === undefined || !isSpiffe(config)) throw new TlsContextError("the validator of certificates is not known");
  const domains = (config as SPIFFECertValidatorConfig).trust_domains ?? [];
  return new Map(domains.map(({ name = "", trust_bundle: bundle }) => [name, certificatesOf(readTextSource(bundle, env) ?? "")]));
}

function toPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----`;
}
