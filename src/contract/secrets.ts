/** Secrets that are discovered (Envoy's SDS). */
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { CertificateValidationContext, Secret } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

export interface FollowedSecret {
  close(): void;
}

export interface SecretSource {
  /**
   * Follows the secret of this name: `onSecret` is called with each version of it, the first one before this returns where it is there
   * already. One that cannot be read is reported, and the one before stands.
   */
  follow(source: ConfigSource, name: string, onSecret: (secret: Secret) => void): FollowedSecret;
}

/** Where nothing is discovered: no secret ever comes. */
export const NO_SECRETS: SecretSource = { follow: () => ({ close: () => {} }) };

/** A context over another one, as protobuf merges: lists grow, the rest is replaced. */
export function mergedContext(base: CertificateValidationContext, over: CertificateValidationContext): CertificateValidationContext {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = Array.isArray(before) && Array.isArray(value) ? [...(before as unknown[]), ...(value as unknown[])] : value;
  }
  return result;
}
