/** RANDOM: every host as likely as any other, whatever its weight. */
import type { Host } from "../contract/host.ts";
import type { Random } from "../platform/random.ts";
import type { HostPicker } from "./host-picker.ts";

export class RandomChoice implements HostPicker {
  private hosts: readonly Host[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  pick(): Host | null {
    return this.hosts.length === 0 ? null : (this.hosts[this.random.u32() % this.hosts.length] as Host);
  }

  update(hosts: readonly Host[]): void {
    this.hosts = hosts;
  }
}
