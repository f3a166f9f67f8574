/** Turns by weights that the hosts' own reports earn them (`client_side_weighted_round_robin`); the weights are worked out again and again. */
import type { Host } from "../contract/host.ts";
import type { HostSets } from "../contract/host-set.ts";
import type { BalancerGiven, LbContext, LoadBalancer, LoadReports } from "../contract/load-balancer.ts";
import type { Timer } from "../platform/clock.ts";
import { ClientWeights, type ClientWeightOptions } from "./client-weights.ts";

export class ClientWeighted implements LoadBalancer {
  readonly #weights: ClientWeights;
  readonly #turns: LoadBalancer;
  readonly #timer: Timer;
  #sets: HostSets = [];

  constructor({ clock }: BalancerGiven, options: ClientWeightOptions, turns: (weigh: (host: Host) => number) => LoadBalancer) {
    this.#weights = new ClientWeights(options, () => clock.now());
    this.#turns = turns((host) => this.#weights.weightOf(host));
    this.#timer = clock.timer(() => {
      this.#renew();
      this.#timer.arm(options.updateMs);
    });
    this.#timer.arm(options.updateMs);
  }

  get reports(): LoadReports {
    return this.#weights;
  }

  choose(context: LbContext): Host | null {
    return this.#turns.choose(context);
  }

  update(sets: HostSets): void {
    const first = this.#sets.length === 0;
    this.#sets = sets;
    if (!first) this.#weights.renew(sets);
    this.#turns.update(sets);
  }

  close(): void {
    this.#timer.cancel();
    this.#turns.close?.();
  }

  #renew(): void {
    if (this.#weights.renew(this.#sets)) this.#turns.update(this.#sets);
  }
}
