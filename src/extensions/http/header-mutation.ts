/** Changes headers and trailers of requests and responses, as the filter, the virtual host and the route say. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { applyEdits, compileHeaderEdits, type HeaderEdits, honours as edits } from "../../router/header-edits.ts";
import type { HeaderMutation, HeaderMutationPerRoute, Mutations } from "../../schema/generated/envoy/extensions/filters/http/header_mutation/v3.ts";
import { FormatView } from "../../stream/format-view.ts";

const PACKAGE = "envoy.extensions.filters.http.header_mutation.v3";

interface MutationPlan {
  readonly request: HeaderEdits;
  readonly requestTrailers: HeaderEdits;
  readonly response: HeaderEdits;
  readonly responseTrailers: HeaderEdits;
}

function compileMutations(mutations: Mutations | undefined, diagnostics: Diagnostics): MutationPlan {
  return {
    request: compileHeaderEdits(mutations?.request_mutations, diagnostics),
    requestTrailers: compileHeaderEdits(mutations?.request_trailers_mutations, diagnostics),
    response: compileHeaderEdits(mutations?.response_mutations, diagnostics),
    responseTrailers: compileHeaderEdits(mutations?.response_trailers_mutations, diagnostics),
  };
}

class HeaderMutationFilter implements HttpFilter {
  private readonly own: MutationPlan;
  private readonly specificWins: boolean;
  private readonly env: Env;
  private readonly handle: StreamHandle;
  private found: readonly MutationPlan[] | null = null;

  constructor(own: MutationPlan, specificWins: boolean, env: Env, handle: StreamHandle) {
    this.own = own;
    this.specificWins = specificWins;
    this.env = env;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    return this.edit("request", headers, null, null);
  }

  decodeTrailers(trailers: HeaderBlock): Verdict {
    return this.edit("requestTrailers", trailers, null, null);
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    return this.edit("response", headers, headers, null);
  }

  encodeTrailers(trailers: HeaderBlock): Verdict {
    return this.edit("responseTrailers", trailers, this.handle.responseHeaders, trailers);
  }

  private edit(which: keyof MutationPlan, headers: HeaderBlock, responseHeaders: HeaderBlock | null, responseTrailers: HeaderBlock | null): Verdict {
    const { info, requestHeaders } = this.handle;
    const view = new FormatView({ info, requestHeaders, responseHeaders, responseTrailers }, this.env.machine, this.env.clock.now());
    applyEdits(this.own[which], headers, view);
    for (const plan of this.ofRoute()) applyEdits(plan[which], headers, view);
    return Continue;
  }

  /** The same for both directions, whatever becomes of the route. The last one has the last word. */
  private ofRoute(): readonly MutationPlan[] {
    if (this.found !== null) return this.found;
    const plans = this.handle.routeConfigs() as readonly MutationPlan[];
    return (this.found = this.specificWins ? plans : plans.toReversed());
  }
}

export const headerMutation = defineExtension<"envoy.filters.http", HeaderMutation, HeaderMutationPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.header_mutation",
  config: `${PACKAGE}.HeaderMutation`,
  offline: true,
  honours: {
    [`${PACKAGE}.HeaderMutation`]: ["mutations", "most_specific_header_mutations_wins"],
    [`${PACKAGE}.HeaderMutationPerRoute`]: ["mutations"],
    [`${PACKAGE}.Mutations`]: ["request_mutations", "request_trailers_mutations", "response_mutations", "response_trailers_mutations"],
    ...edits,
  },
  compile(config, { diagnostics }) {
    const own = compileMutations(config.mutations, diagnostics);
    const specificWins = config.most_specific_header_mutations_wins === true;
    return { open: (env) => (handle) => new HeaderMutationFilter(own, specificWins, env, handle) };
  },
  routeType: `${PACKAGE}.HeaderMutationPerRoute`,
  compileRoute: (config, { diagnostics }): MutationPlan => compileMutations(config.mutations, diagnostics),
});
