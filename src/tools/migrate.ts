import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import type { InputText } from "../resources/input-text.ts";
import { decodeUpgraded } from "../resources/load.ts";
import { recogniseAll } from "../resources/recognise.ts";
import { BOOTSTRAP, CONFIG_DUMP } from "../resources/kind.ts";
import { staticOf } from "../resources/static-dump.ts";
import { upgradeDocument, type Upgraded } from "../schema/upgrade/upgrade.ts";
import { printYaml } from "./print-yaml.ts";
import type { Check } from "./validate.ts";

export interface Migrated {
  /** The document in v3, as YAML; undefined where it cannot be read or is no configuration. */
  readonly text: string | undefined;
  /** What was changed, and what is wrong with the result, in places of the input. */
  readonly findings: readonly ResolvedFinding[];
  readonly changes: number;
}

export interface MigrateOptions {
  /** A config dump becomes the static bootstrap that runs the same. */
  readonly asStatic?: boolean;
  /** The message's type, where the user gave it. */
  readonly type?: string;
  readonly check: Check;
}

/** Rewrites a document of the v1 or v2 API as v3. A document of v3 comes out as it is, but for what Envoy has stopped guessing. */
export function migrate(input: InputText, options: MigrateOptions): Migrated {
  const origins = new Origins();
  const diagnostics = new Findings(origins, {});
  const type = options.type === undefined ? {} : { type: options.type };
  const [found] = recogniseAll(input, { origins, diagnostics, ...type });
  if (found === undefined) return { text: undefined, findings: diagnostics.resolve(), changes: 0 };
  const upgraded = staticIf(options.asStatic === true, upgradeDocument(found.type, found.root, origins, options.asStatic !== true) ?? { type: found.type, root: found.root, changes: [], mixed: false }, origins);
  const { messages } = decodeUpgraded(input.name, upgraded, { origins, diagnostics });
  options.check(messages, diagnostics, origins);
  return { text: printYaml(upgraded.root, origins), findings: diagnostics.resolve(), changes: upgraded.changes.length };
}

function staticIf(wanted: boolean, upgraded: Upgraded, origins: Origins): Upgraded {
  if (!wanted || upgraded.type !== CONFIG_DUMP) return upgraded;
  return { ...upgraded, type: BOOTSTRAP, root: staticOf(upgraded.root, origins) };
}
