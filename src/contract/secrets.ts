/** Secrets that are discovered (Envoy's SDS). */
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Secret } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

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
