/** Secrets discovered from files (SDS with `path_config_source`), read in the worker that uses them. Nothing of a secret is ever printed. */
import type { FollowedSecret, SecretSource } from "../contract/secrets.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import { FileError, type Files, type Watch } from "../platform/files.ts";
import { KINDS } from "../resources/kind.ts";
import { loadDocument } from "../resources/load.ts";
import { fileOf } from "../resources/subscriptions.ts";
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Secret } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

export class SecretFiles implements SecretSource {
  private readonly files: Files;
  private readonly warn: (text: string) => void;

  constructor(files: Files, warn: (text: string) => void) {
    this.files = files;
    this.warn = warn;
  }

  follow(source: ConfigSource, name: string, onSecret: (secret: Secret) => void): FollowedSecret {
    const path = fileOf(source);
    if (path === undefined) return { close: () => {} };
    let told = "";
    const read = (): void => {
      const secret = this.find(path, name);
      if (secret === undefined) return;
      const text = `${JSON.stringify(secret)}${this.stampsOf(secret)}`;
      if (text === told) return;
      told = text;
      follow(secret);
      onSecret(secret);
    };
    let watches: Watch[] = [this.files.watch(path, read)];
    let watched = path;
    const follow = (secret: Secret): void => {
      const paths = [path, ...filesOfSecret(secret)];
      if (paths.join("\n") === watched) return;
      watched = paths.join("\n");
      for (const watch of watches) watch.close();
      watches = paths.map((each) => this.files.watch(each, read));
    };
    read();
    return { close: () => { for (const watch of watches) watch.close(); } };
  }

  private find(path: string, name: string): Secret | undefined {
    const findings = new Findings(new Origins());
    try {
      const document = loadDocument({ name: path, bytes: this.files.readBytes(path) }, { origins: new Origins(), diagnostics: findings });
      const secrets = (document?.messages ?? []).filter(({ type }) => type === KINDS["secret"]).map(({ message }) => message as Secret);
      const found = secrets.find((secret) => (secret.name ?? "") === name || name === "");
      if (found === undefined) this.warn(`${path} holds no secret named '${name}'`);
      return found;
    } catch (error) {
      this.warn(error instanceof FileError ? `secret '${name}': ${error.message}` : `secret '${name}' cannot be read from ${path}`);
      return undefined;
    }
  }

  /** A secret whose files changed is another one, though its text is the same. */
  private stampsOf(secret: Secret): string {
    return filesOfSecret(secret).map((path) => {
      try {
        return this.files.readBytes(path).toString("latin1");
      } catch {
        return "";
      }
    }).join("\n");
  }
}

/** The files that a secret names in turn. */
export function filesOfSecret({ tls_certificate: certificate, validation_context: context }: Secret): string[] {
  const sources = [certificate?.certificate_chain, certificate?.private_key, certificate?.pkcs12, context?.trusted_ca, context?.crl];
  return sources.map((source) => source?.filename).filter((path) => path !== undefined);
}
