import { typeOf, V3, type Field } from "../schema/table.ts";

/** A file that a message names. */
export interface Reference {
  readonly path: string;
  /** The message and field that name it. */
  readonly at: object;
  readonly key: string;
  /** `config`: a further document of configuration; `file`: anything else; `folder`: a folder. */
  readonly kind: "config" | "file" | "folder";
}

/** Fields that name what Envoy reads at its start. What it only writes (logs, dumps) is not among them. */
const READ: Readonly<Record<string, readonly (readonly [string, Reference["kind"]])[]>> = {
  "envoy.config.core.v3.DataSource": [["filename", "file"]],
  "envoy.config.core.v3.WatchedDirectory": [["path", "folder"]],
  "envoy.config.core.v3.PathConfigSource": [["path", "config"]],
  "envoy.config.core.v3.ConfigSource": [["path", "config"]],
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService": [["subject_token_path", "file"], ["actor_token_path", "file"]],
  "envoy.config.trace.v3.LightstepConfig": [["access_token_file", "file"]],
  "envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder": [["proto_descriptor", "file"]],
  "envoy.extensions.filters.http.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder": [["descriptor_path", "file"]],
  "envoy.extensions.geoip_providers.maxmind.v3.MaxMindConfig": ["city", "asn", "anon", "isp", "country"].map((db) => [`${db}_db_path`, "file"] as const),
};

/** Every file that a decoded message names for reading, in the order of its fields. */
export function referencesOf(type: string, message: object): Reference[] {
  const found: Reference[] = [];
  visit(type, message, found);
  return found;
}

function visit(type: string, message: object, found: Reference[]): void {
  const fields = V3.message(type)?.byName;
  if (fields === undefined) return;
  const read = READ[type];
  for (const [key, value] of Object.entries(message)) {
    const kind = read?.find(([field]) => field === key)?.[1];
    if (kind !== undefined && typeof value === "string") found.push({ path: value, at: message, key, kind });
    const field = fields.get(key);
    if (field !== undefined && typeof value === "object" && value !== null) visitField(field, value as object, found);
  }
}

function visitField(field: Field, value: object, found: Reference[]): void {
  const items: readonly unknown[] = field.list ? (value as readonly unknown[]) : field.mapKey === undefined ? [value] : Object.values(value);
  for (const item of items) {
    if (typeof item !== "object" || item === null) continue;
    if (field.shape === "message") visit(field.type ?? "", item, found);
    else if (field.shape === "any") visit(typeOf(String((item as Record<string, unknown>)["@type"])) ?? "", item, found);
  }
}
