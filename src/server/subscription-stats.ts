/** The numbers of subscriptions to files (docs: configuration/overview/xds_api, xDS subscription statistics), of RDS and CDS also what they reload. */
import { xxHash64 } from "../base/xxhash64.ts";
import { toWire } from "../base/wire-text.ts";
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import type { Configuration } from "../resources/configuration.ts";
import type { FollowedSource, SourceFile } from "../resources/followed-source.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { StatShape } from "../stats/shape.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import type { StatTexts } from "../stats/stat-texts.ts";

const COUNTERS = ["init_fetch_timeout", "update_attempt", "update_failure", "update_rejected", "update_success"];
/** The numbers that every subscription has, and these. */
export const updatesWith = (counters: readonly string[], gauges: readonly string[]): StatShape => statLayout({ counters: [...COUNTERS, ...counters], gauges: ["update_time", "version", ...gauges], histograms: ["update_duration"] });
export const PLAIN_UPDATES = updatesWith([], []);
const SHAPES: Readonly<Record<FollowedSource["type"], StatShape>> = {
  listeners: PLAIN_UPDATES, clusters: updatesWith(["config_reload"], ["config_reload_time_ms"]),
  route: updatesWith(["config_reload", "update_empty"], ["config_reload_time_ms"]), endpoints: updatesWith(["update_empty", "update_no_rebuild"], []),
};

const NOTHING: ReadonlyMap<string, string> = new Map();

interface Followed {
  readonly source: FollowedSource;
  readonly block: StatBlock;
  /** The owner's text when the subscription began. */
  readonly owner: string;
  /** What it gave last, by name. */
  given: ReadonlyMap<string, string>;
}

/** What a look at a file came to. */
export interface Update {
  /** Undefined: it was not taken. */
  readonly version: string | undefined;
  readonly outcome: "update_success" | "update_failure" | "update_rejected";
}

/** The versions of subscriptions; `prefix` as of the block. */
export class Versions {
  private readonly texts: StatTexts;
  private readonly wall: () => number;

  /** `wall`: ms since 1970. */
  constructor(texts: StatTexts, wall: () => number) {
    this.texts = texts;
    this.wall = wall;
  }

  begin(block: StatBlock): void {
    this.texts.say(`${block.prefix}version_text`, "");
  }

  /** One look at the source. */
  count(block: StatBlock, { outcome, version }: Update): void {
    const { prefix, shape } = block;
    block.inc(placeIn(shape, "update_attempt"));
    block.inc(placeIn(shape, outcome));
    if (version === undefined) return;
    const hash = xxHash64(toWire(version));
    block.set(placeIn(shape, "update_time"), this.wall());
    block.set(placeIn(shape, "version"), Number(hash));
    this.texts.exact(`${prefix}version`, hash);
    this.texts.say(`${prefix}version_text`, version);
  }

  /** The time of the latest reload. */
  reloaded(block: StatBlock): void {
    block.inc(placeIn(block.shape, "config_reload"));
    block.set(placeIn(block.shape, "config_reload_time_ms"), this.wall());
  }

  end(block: StatBlock): void {
    this.texts.forget(`${block.prefix}version_text`, `${block.prefix}version`);
    block.close();
  }
}

export class SubscriptionStats {
  private readonly blocks: BlockSource;
  private readonly versions: Versions;
  private readonly followed = new Map<string, Followed>();

  constructor(blocks: BlockSource, versions: Versions) {
    this.blocks = blocks;
    this.versions = versions;
  }

  /** A configuration was read, since `changed` did (null: it is the first, or was asked for). */
  read(configuration: Configuration, changed: string | null): void {
    const { sources, resources } = configuration;
    const owners = new Map(resources.filter(({ type }) => type === "cluster").map(({ name, text }) => [name, text]));
    const wanted = new Map(sources.map((source) => [keyOf(source), source]));
    for (const [key, { block }] of this.followed) {
      if (wanted.has(key)) continue;
      this.versions.end(block);
      this.followed.delete(key);
    }
    for (const [key, source] of wanted) {
      const known = this.followed.get(key);
      const owner = owners.get(source.owner) ?? "";
      if (known !== undefined && source.file !== changed && known.owner === owner) continue;
      const followed = known === undefined ? this.begin(source, owner) : known.owner === owner ? known : { ...known, owner, given: NOTHING };
      this.followed.set(key, followed);
      this.look(followed, configuration);
    }
  }

  private begin(source: FollowedSource, owner: string): Followed {
    const block = this.blocks.block(source.prefix, SHAPES[source.type]);
    this.versions.begin(block);
    return { source, block, owner, given: NOTHING };
  }

  private look(followed: Followed, configuration: Configuration): void {
    const { block, source } = followed;
    const file = configuration.sourceFiles.find((one) => one.file === source.file);
    const given = givenBy(source, configuration.resources);
    const update = updateOf(source, configuration, file, given);
    this.versions.count(block, update);
    if (update.outcome !== "update_success") return;
    if (isSingle(source) && file?.resources === 0) block.inc(placeIn(block.shape, "update_empty"));
    else this.compare(followed, given);
  }

  private compare(followed: Followed, given: Followed["given"]): void {
    const { block, source } = followed;
    const fresh = [...given].some(([name, text]) => followed.given.get(name) !== text);
    followed.given = given;
    if (source.type === "endpoints" && !fresh) block.inc(placeIn(block.shape, "update_no_rebuild"));
    if ((source.type === "route" || source.type === "clusters") && fresh) this.versions.reloaded(block);
  }
}

function keyOf({ type, name, file, owner }: FollowedSource): string {
  return `${type}\0${name}\0${file}\0${owner}`;
}

function isSingle({ type }: FollowedSource): boolean {
  return type === "route" || type === "endpoints";
}

/** Texts by name. */
function givenBy({ type, name, file }: FollowedSource, resources: readonly CompiledResource[]): ReadonlyMap<string, string> {
  const kind = type === "listeners" ? "listener" : type === "clusters" ? "cluster" : type;
  return new Map(resources.filter((one) => one.source === file && one.type === kind && (name === "" || one.name === name)).map((one) => [one.name, one.text]));
}

function updateOf(source: FollowedSource, { refused, unreadable }: Configuration, file: SourceFile | undefined, given: ReadonlyMap<string, string>): Update {
  if (unreadable.includes(source.file)) return { outcome: "update_failure", version: undefined };
  const missing = isSingle(source) && (file?.resources ?? 0) > 0 && given.size === 0;
  if (refused.includes(source.file) || missing) return { outcome: "update_rejected", version: undefined };
  return { outcome: "update_success", version: file?.version ?? "" };
}
