import { RandomChoice } from "../../src/upstream/random-choice.ts";
import { loadBalancerSuite } from "../contract/load-balancer.suite.ts";

loadBalancerSuite("RANDOM", (random) => new RandomChoice(random), { weighs: false });
