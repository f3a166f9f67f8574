/** Bodies of direct responses that stand outside the configuration: read when it is loaded, carried with the table. */
import type { BodySources } from "./direct-response.ts";

/** In wire form, by path and by name. */
export interface Bodies {
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

interface Source {
  readonly filename?: unknown;
  readonly environment_variable?: unknown;
}

/** Every body that the messages of a table (its matcher trees too) name; what cannot be read is left out: it was reported. */
export function gatherBodies(message: object, sources: BodySources): Bodies {
  const files: Record<string, string> = {};
  const environment: Record<string, string> = {};
  const keep = ({ filename, environment_variable: name }: Source): void => {
    const [file, value] = [typeof filename === "string" ? sources.file(filename) : undefined, typeof name === "string" ? sources.environment(name) : undefined];
    if (typeof file === "string") files[String(filename)] = file;
    if (typeof value === "string") environment[String(name)] = value;
  };
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "direct_response" && typeof inner?.body === "object") keep(inner.body as Source);
      else visit(inner);
    }
  };
  visit(message);
  return { files, environment };
}

/** What was gathered, as it is asked for. */
export function gatheredSources({ files, environment }: Bodies): BodySources {
  return { file: (path) => files[path], environment: (name) => environment[name] };
}
