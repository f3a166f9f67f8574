/**
 * Static secrets are put where TLS contexts name them (`sds_secret_config` without `sds_config`), so that each listener and cluster holds
 * all it needs. What is changed is copied, and the copies stand where their originals stood.
 */
import { mergedContext } from "../contract/secrets.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { CommonTlsContext, SdsSecretConfig, Secret, TlsCertificate } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

/** The message itself where it names none. */
export function inlineSecrets<T extends object>(message: T, secrets: readonly Secret[], origins: Origins): T {
  return secrets.length === 0 ? message : (new Inlining(secrets, origins).visit(message) as T);
}

class Inlining {
  private readonly secrets: ReadonlyMap<string, Secret>;
  private readonly origins: Origins;

  constructor(secrets: readonly Secret[], origins: Origins) {
    this.secrets = new Map(secrets.map((secret) => [secret.name ?? "", secret]));
    this.origins = origins;
  }

  visit(value: object): object {
    const changed = Array.isArray(value) ? this.list(value as readonly unknown[]) : this.fields(value as Readonly<Record<string, unknown>>);
    if (changed !== value && this.origins.has(value)) this.origins.derive(changed, value);
    return changed;
  }

  private list(values: readonly unknown[]): object {
    const visited = values.map((each) => (isObject(each) ? this.visit(each) : each));
    return visited.every((each, i) => each === values[i]) ? (values as object) : visited;
  }

  private fields(message: Readonly<Record<string, unknown>>): object {
    let result: Record<string, unknown> = message;
    for (const [key, value] of Object.entries(message)) {
      const visited = isObject(value) ? this.visit(value) : value;
      if (visited !== value) result = { ...result, [key]: visited };
    }
    return NAMING.some((key) => message[key] !== undefined) ? this.context(result as CommonTlsContext) : result;
  }

  /** A TLS context that names secrets. */
  private context(context: CommonTlsContext): CommonTlsContext {
    let result = context;
    const certificates = context.tls_certificate_sds_secret_configs ?? [];
    const found = certificates.map((config) => this.find(config)?.tls_certificate);
    if (found.length > 0 && found.every((certificate) => certificate !== undefined)) {
      const { tls_certificate_sds_secret_configs: _, ...rest } = result;
      result = { ...rest, tls_certificates: found as TlsCertificate[] };
    }
    const own = this.find(context.validation_context_sds_secret_config)?.validation_context;
    if (own !== undefined) {
      const { validation_context_sds_secret_config: _, ...rest } = result;
      result = { ...rest, validation_context: own };
    }
    const combined = context.combined_validation_context;
    const added = this.find(combined?.validation_context_sds_secret_config)?.validation_context;
    if (combined === undefined || added === undefined) return result;
    const { combined_validation_context: _, ...rest } = result;
    return { ...rest, validation_context: mergedContext(combined.default_validation_context ?? {}, added) };
  }

  /** Undefined: it is discovered, or there is none of this name (which was reported). */
  private find(config: SdsSecretConfig | undefined): Secret | undefined {
    return config === undefined || config.sds_config !== undefined ? undefined : this.secrets.get(config.name ?? "");
  }
}

const NAMING = ["tls_certificate_sds_secret_configs", "validation_context_sds_secret_config", "combined_validation_context"];

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
