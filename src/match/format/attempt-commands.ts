/** Commands that print the hosts of all attempts, in order, joined by commas. */
import { nameWithoutPort } from "./address-commands.ts";
import { withoutPort } from "./address-text.ts";
import type { Command } from "./command.ts";
import type { StreamInfo } from "./format-context.ts";

type Attempted = StreamInfo["attemptedHosts"][number];

function joined(text: (host: Attempted) => string): Command {
  return { parameters: "none", length: false, compile: () => ({ stream }) => stream.attemptedHosts.map(text).filter((each) => each !== "").join(",") || null };
}

function nameOf({ address, hostname }: Attempted): string {
  return hostname === "" ? address : hostname;
}

export const ATTEMPT_COMMANDS: readonly (readonly [string, Command])[] = [
  ["UPSTREAM_HOSTS_ATTEMPTED", joined(({ address }) => address)],
  ["UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT", joined(({ address }) => withoutPort(address))],
  ["UPSTREAM_HOST_NAMES_ATTEMPTED", joined(nameOf)],
  ["UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT", joined((host) => nameWithoutPort(nameOf(host)))],
  ["UPSTREAM_CONNECTION_IDS_ATTEMPTED", joined(({ connectionId }) => (connectionId === 0 ? "" : String(connectionId)))],
];
