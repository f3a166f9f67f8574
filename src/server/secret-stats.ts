/** The numbers of SDS by files (docs: configuration/security/secret, statistics). Workers read the secrets that they use; control counts, once for all of them. */
import { statLayout } from "../contract/stat-layout.ts";
import type { Files, Watch } from "../platform/files.ts";
import { KINDS } from "../resources/kind.ts";
import type { CompiledResource } from "../resources/resource.ts";
import { fileOf } from "../resources/subscriptions.ts";
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Secret } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import { filesOfSecret } from "./secret-files.ts";
import { readSource } from "./source-reading.ts";
import type { Update, Versions } from "./subscription-stats.ts";

const SHAPE = statLayout({
  counters: ["init_fetch_timeout", "key_rotation_failed", "update_attempt", "update_failure", "update_rejected", "update_success"],
  gauges: ["update_time", "version"], histograms: ["update_duration"],
});

interface Counted {
  readonly block: StatBlock;
  readonly watch: Watch;
}

interface Wanted {
  readonly name: string;
  readonly file: string;
}

export class SecretStats {
  private readonly files: Files;
  private readonly blocks: BlockSource;
  private readonly versions: Versions;
  private readonly counted = new Map<string, Counted>();

  constructor(files: Files, blocks: BlockSource, versions: Versions) {
    this.files = files;
    this.blocks = blocks;
    this.versions = versions;
  }

  /** These resources are live now: what they ask for is counted, and nothing else. */
  follow(resources: readonly CompiledResource[]): void {
    const wanted = new Map<string, Wanted>();
    for (const { text } of resources) if (text.includes('"sds_config"')) collect(JSON.parse(text), wanted);
    for (const [key, { block, watch }] of this.counted) {
      if (wanted.has(key)) continue;
      watch.close();
      this.versions.end(block);
      this.counted.delete(key);
    }
    for (const [key, one] of wanted) if (!this.counted.has(key)) this.counted.set(key, this.begin(one));
  }

  close(): void {
    this.follow([]);
  }

  private begin(wanted: Wanted): Counted {
    const block = this.blocks.block(`sds.${wanted.name.replaceAll(":", "_")}.`, SHAPE);
    this.versions.begin(block);
    const look = (): void => this.versions.count(block, this.look(wanted));
    look();
    return { block, watch: this.files.watch(wanted.file, look) };
  }

  private look({ name, file }: Wanted): Update {
    const { outcome, version, messages } = readSource(this.files, file);
    if (outcome !== "update_success") return { outcome, version: undefined };
    const secrets = messages.filter(({ type }) => type === KINDS["secret"]).map(({ message }) => message as Secret);
    const [only] = secrets;
    const fits = only !== undefined && secrets.length === 1 && messages.length === 1 && (only.name ?? "") === name && filesOfSecret(only).every((path) => this.readable(path));
    return fits ? { outcome, version } : { outcome: "update_rejected", version: undefined };
  }

  private readable(path: string): boolean {
    try {
      this.files.readBytes(path);
      return true;
    } catch {
      return false;
    }
  }
}

/** Everything of the form `{ name, sds_config }`, however deep. */
function collect(value: unknown, into: Map<string, Wanted>): void {
  if (typeof value !== "object" || value === null) return;
  const { sds_config: source, name } = value as { readonly sds_config?: ConfigSource; readonly name?: string };
  const file = fileOf(source);
  if (file !== undefined && name !== undefined) into.set(`${name}\0${file}`, { name, file });
  for (const part of Object.values(value)) collect(part, into);
}
