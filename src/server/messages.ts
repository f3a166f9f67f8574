/**
 * What crosses between the threads, as text (house: never an object). Each message has a `kind`; what is large or structured is
 * JSON in `text`; route indexes are shared memory.
 */
import type { Locality } from "../contract/host.ts";
import type { RuntimeValue } from "../contract/request-view.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import type { CompiledResource } from "../resources/resource.ts";

/** Control to compiler: read everything again. */
export interface LoadRequest {
  readonly number: number;
  readonly configPath: string | null;
  readonly configYaml: string | null;
  /** Text of standard input, when the path is `-`. */
  readonly stdin: string | null;
  readonly serviceCluster: string;
  readonly nodeId: string;
  readonly unknownStaticFields: "error" | "warning" | "ignore";
  readonly unknownDynamicFields: "error" | "warning" | "ignore";
  readonly unsupported: "error" | "warning" | "note";
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly index: number;
  readonly workers: number;
  /** Its column of the shared numbers, and how many there are. */
  readonly column: number;
  readonly columns: number;
  readonly serviceCluster: string;
  readonly nodeId: string;
  readonly locality: Locality | null;
  /** `cluster_manager.local_cluster_name`; "" for none. */
  readonly localCluster: string;
  readonly machineAddress: string | null;
  readonly logFlushMs: number;
  /** The runtime's values by key. */
  readonly runtime: Readonly<Record<string, RuntimeValue>>;
}

export interface ClusterHosts {
  readonly cluster: string;
  readonly hosts: readonly HostSpec[];
  readonly policy?: HostPolicy;
}

/** Control to worker: what changes, in the order in which it is to be done. */
export interface Apply {
  readonly generation: number;
  readonly upserts: readonly CompiledResource[];
  readonly removals: readonly { readonly type: CompiledResource["type"]; readonly name: string }[];
  readonly hosts: readonly ClusterHosts[];
  /** Descriptors of sockets that all workers listen on, by address. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** How long connections of replaced listeners may go on, ms. */
  readonly drainMs: number;
}

/** Worker to control: done, or what could not be. */
export interface Applied {
  readonly generation: number;
  readonly failures: readonly string[];
  /** Listener name -> the addresses it is bound to. */
  readonly bound: Readonly<Record<string, readonly string[]>>;
}
