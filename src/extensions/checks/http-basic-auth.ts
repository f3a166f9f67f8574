/** Lists of users in the htpasswd format, as far as they stand in the configuration. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { DataSource } from "../../schema/generated/envoy/config/core/v3.ts";

function checkUsers(text: string, at: object, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    const user = line;
    if (user === "" || user.startsWith("#")) continue;
    const colon = user.indexOf(":");
    const [name, hash] = [user.slice(0, colon), user.slice(colon + 1)];
    if (colon < 0) refuse(at, "inline_string", "a line of the list of users has no colon: username:password is expected");
    else if (name === "" || hash === "") refuse(at, "inline_string", "a user name or a password is empty");
    else if (seen.has(name)) refuse(at, "inline_string", `the user '${name}' stands twice`);
    else if (!hash.startsWith("{SHA}")) refuse(at, "inline_string", `the password of '${name}' must be hashed with {SHA}`);
    else if (hash.length !== 33) refuse(at, "inline_string", `the hash of '${name}' has not the length of a SHA-1 hash in base64`);
    seen.add(name);
  }
}

function checkSource(at: object, source: DataSource | undefined, refuse: Refuse): void {
  if (source === undefined) return refuse(at, undefined, "the list of users is missing");
  if (source.inline_string === "") return refuse(source, "inline_string", "the list of users is empty");
  if (source.inline_string !== undefined) checkUsers(source.inline_string, source, refuse);
}

export const HTTP_BASIC_AUTH_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.basic_auth.v3.BasicAuth", (config, refuse) => checkSource(config, config.users, refuse)),
  refusals("LGT0406", "envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute", (config, refuse) => checkSource(config, config.users, refuse)),
];
