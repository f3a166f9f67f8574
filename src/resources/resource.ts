/**
 * The unit of configuration: a resource has a type, a name and a content, is compiled alone, opened alone and replaced
 * alone. Bootstrap, watched files and (later) xDS streams all end as lists of these.
 */

import { KINDS } from "./kind.ts";

export type ResourceType = "cluster" | "endpoints" | "route" | "scopes" | "listener";

/** The message of a resource of type `scopes`: all the scopes of one source. */
const SCOPES = "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList";

/** The full name of the message that a resource holds. */
export function messageTypeOf(type: ResourceType): string {
  return type === "scopes" ? SCOPES : (KINDS[type] ?? "");
}

/** A resource as decoded, before it is compiled. */
export interface Resource {
  readonly type: ResourceType;
  readonly name: string;
  readonly message: object;
  /** As it was written: of a listener, with its route tables in their places; null of such a table. */
  readonly written: object | null;
  /** The file that gave it. */
  readonly source: string;
  /** It came from `static_resources`. */
  readonly fixed: boolean;
}

/** A compiled resource as it crosses threads: text and plain facts. Two of the same text are the same resource. */
export interface CompiledResource {
  readonly type: ResourceType;
  readonly name: string;
  /** The message as JSON (`JSON.parse` gives it back); the worker compiles it again, without reporting. */
  readonly text: string;
  readonly source: string;
  readonly fixed: boolean;
  /** `file:line:column` of the resource. */
  readonly place: string;
}

export function keyOf(resource: { readonly type: ResourceType; readonly name: string }): string {
  return `${resource.type}/${resource.name}`;
}
