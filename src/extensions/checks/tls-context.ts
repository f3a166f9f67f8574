/** TLS contexts, without opening what they name. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { DataSource } from "../../schema/generated/envoy/config/core/v3.ts";
import type { CommonTlsContext, TlsCertificate, TlsParameters } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

/** BoringSSL's names. */
const CURVES = new Set(["P-224", "P-256", "P-384", "P-521", "X25519", "X25519MLKEM768", "X25519Kyber768Draft00", "MLKEM1024", "prime256v1", "secp224r1", "secp384r1", "secp521r1", "x25519"]);
const SIGNATURES = /^((RSA|RSA-PSS|PSS|ECDSA)\+SHA(1|256|384|512)|rsa_pkcs1_(md5_sha1|sha1|sha256|sha384|sha512|sha256_legacy)|rsa_pss_rsae_sha(256|384|512)|ecdsa_sha1|ecdsa_secp(256r1_sha256|384r1_sha384|521r1_sha512)|ed25519)$/;

function isEmpty(source: DataSource | undefined): boolean {
  return source === undefined || source.inline_string === "" || source.inline_bytes === "" || Object.keys(source).length === 0;
}

function checkParameters(params: TlsParameters, refuse: Refuse): void {
  for (const curve of params.ecdh_curves ?? []) for (const name of curve.split(":")) if (!CURVES.has(name)) refuse(params, "ecdh_curves", `BoringSSL knows no curve '${name}'`);
  for (const algorithm of params.signature_algorithms ?? []) if (!SIGNATURES.test(algorithm)) refuse(params, "signature_algorithms", `BoringSSL knows no signature algorithm '${algorithm}'`);
}

function checkCertificate(certificate: TlsCertificate, refuse: Refuse): void {
  const { pkcs12, private_key: key, certificate_chain: chain, private_key_provider: provider, ocsp_staple: staple } = certificate;
  if (staple?.inline_string !== undefined) refuse(staple, "inline_string", "an OCSP response cannot be an inline_string");
  if (pkcs12 !== undefined) {
    for (const name of ["private_key", "certificate_chain", "private_key_provider"] as const) if (certificate[name] !== undefined) refuse(certificate, name, `a certificate cannot have both pkcs12 and ${name}`);
    return;
  }
  if (provider !== undefined && provider.fallback !== true) refuse(provider, "provider_name", `Envoy 1.40.0 has no private key provider '${provider.provider_name ?? ""}'`);
  if (isEmpty(chain)) refuse(certificate, "certificate_chain", "the certificate has no certificate_chain");
  if (isEmpty(key) && provider === undefined) refuse(certificate, "private_key", "the certificate has no private_key");
}

function checkContext(context: CommonTlsContext, refuse: Refuse): void {
  for (const protocol of context.alpn_protocols ?? []) if (protocol.split(",").some((name) => name.length > 255)) refuse(context, "alpn_protocols", "a name of a protocol is longer than 255 bytes");
}

const TLS = "envoy.extensions.transport_sockets.tls.v3";

export const TLS_CONTEXT_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0614", `${TLS}.TlsParameters`, checkParameters),
  refusals("LGT0614", `${TLS}.TlsCertificate`, checkCertificate),
  refusals("LGT0614", `${TLS}.CommonTlsContext`, checkContext),
  refusals("LGT0614", `${TLS}.CertificateValidationContext`, (context, refuse) => {
    const ca = context.trusted_ca;
    if (ca !== undefined && isEmpty(ca)) refuse(context, "trusted_ca", "trusted_ca is empty");
  }),
  refusals("LGT0614", `${TLS}.UpstreamTlsContext`, (context, refuse) => {
    const common = context.common_tls_context;
    const certificates = (common?.tls_certificates ?? []).length + (common?.tls_certificate_sds_secret_configs ?? []).length;
    if (certificates > 1 && common?.custom_tls_certificate_selector === undefined) refuse(common as object, "tls_certificates", "a client has one certificate only");
    if (context.sni?.includes("\0") === true) refuse(context, "sni", "a server name cannot hold a NUL");
  }),
  refusals("LGT0614", `${TLS}.DownstreamTlsContext`, (context, refuse) => {
    const common = context.common_tls_context;
    const [own, discovered] = [(common?.tls_certificates ?? []).length, (common?.tls_certificate_sds_secret_configs ?? []).length];
    if (own + discovered === 0 && common?.custom_tls_certificate_selector === undefined) refuse(context, "common_tls_context", "a server needs a certificate");
    if (own > 0 && discovered > 0) refuse(common as object, "tls_certificates", "tls_certificates and tls_certificate_sds_secret_configs cannot be mixed");
  }),
  refusals("LGT0614", `${TLS}.SdsSecretConfig`, (config, refuse, { bootstrap }) => {
    if (bootstrap === undefined || config.sds_config !== undefined) return;
    const secrets = bootstrap.static_resources?.secrets ?? [];
    if (!secrets.some((secret) => secret.name === config.name)) refuse(config, "name", `there is no static secret '${config.name ?? ""}'`);
  }),
];
