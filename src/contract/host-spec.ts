/** An upstream host as plain data: what discovery finds and control sends to the workers. */
import type { SocketAddress } from "../platform/address.ts";
import type { HostMetadata, Locality } from "./host.ts";

export interface HostSpec {
  readonly address: SocketAddress;
  readonly hostname: string;
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  /** `load_balancing_weight` of its locality; 0 where it has none. */
  readonly localityWeight: number;
  /** Health: bits of `host-health.ts`. */
  readonly flags: number;
  readonly metadata?: HostMetadata;
  readonly localityMetadata?: HostMetadata;
  /** `additional_addresses`: tried when `address` cannot be connected to. */
  readonly others?: readonly SocketAddress[];
  /** `health_check_config`, where it says anything. */
  readonly check?: HostCheck;
}

/** How one host is checked otherwise than the cluster says. */
export interface HostCheck {
  /** Where its checks go; absent: to the host. */
  readonly address?: SocketAddress;
  /** Another port of the host's own address; 0 for the same. */
  readonly port: number;
  /** `:authority` of its checks; "" for the cluster's. */
  readonly hostname: string;
  /** It counts as healthy without being asked. */
  readonly disabled: boolean;
}

/** What an assignment says of all its hosts. */
export interface HostPolicy {
  /** Percent; 140 unless said. */
  readonly overprovisioning: number;
  /** A priority's health is measured in weights, not in hosts. */
  readonly weighted: boolean;
  /** The share of requests that is dropped, 0 to 1, and for what. */
  readonly drop: number;
  readonly dropCategory: string;
}

export const PLAIN_POLICY: HostPolicy = { overprovisioning: 140, weighted: false, drop: 0, dropCategory: "" };
