/** What is counted of everything that is discovered: lists, route tables, endpoints and scopes as the compiler reads them, secrets as files change. */
import type { Files } from "../platform/files.ts";
import type { Configuration } from "../resources/configuration.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import type { StatTexts } from "../stats/stat-texts.ts";
import { ScopeNumbers } from "./scope-numbers.ts";
import { SecretStats } from "./secret-stats.ts";
import { SubscriptionStats, Versions } from "./subscription-stats.ts";

export class UpdateNumbers {
  readonly blocks: BlockSource;
  readonly versions: Versions;
  private readonly subscriptions: SubscriptionStats;
  private readonly scopes: ScopeNumbers;
  private readonly secrets: SecretStats;

  /** `wall`: ms since 1970. */
  constructor(blocks: BlockSource, texts: StatTexts, files: Files, wall: () => number) {
    this.blocks = blocks;
    this.versions = new Versions(texts, wall);
    this.subscriptions = new SubscriptionStats(blocks, this.versions);
    this.scopes = new ScopeNumbers(blocks, this.versions);
    this.secrets = new SecretStats(files, blocks, this.versions);
  }

  /** `changed`: the file that gave rise to it, if one did. `wanted`: what is to be live. */
  read(configuration: Configuration, changed: string | null, wanted: readonly CompiledResource[]): void {
    this.subscriptions.read(configuration, changed);
    this.scopes.read(configuration, changed, wanted);
    this.secrets.follow(wanted);
  }

  close(): void {
    this.secrets.close();
  }
}
