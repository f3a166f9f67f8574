/** What an `envoy.config.core.v3.DataSource` holds, read when it is opened. */
import { Buffer } from "node:buffer";
import type { DataSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Env } from "./env.ts";

export const honours = {
  "envoy.config.core.v3.DataSource": ["filename", "inline_bytes", "inline_string", "environment_variable"],
} as const;

/** Throws FileError; undefined where nothing is given. */
export function readDataSource(source: DataSource | undefined, env: Env): Buffer | undefined {
  if (source?.filename !== undefined) return env.files.readBytes(source.filename);
  if (source?.inline_bytes !== undefined) return Buffer.from(source.inline_bytes, "base64");
  if (source?.inline_string !== undefined) return Buffer.from(source.inline_string, "utf8");
  if (source?.environment_variable !== undefined) return Buffer.from(env.machine.environment(source.environment_variable) ?? "", "utf8");
  return undefined;
}

/** As {@link readDataSource}, as text of bytes. */
export function readTextSource(source: DataSource | undefined, env: Env): string | undefined {
  return readDataSource(source, env)?.toString("latin1");
}
