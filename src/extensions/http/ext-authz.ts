/** Asks an authorization service over HTTP whether requests may pass. */
import { Buffer } from "node:buffer";
import { optionalMs } from "../../base/duration.ts";
import { fromWire } from "../../base/wire-text.ts";
import { isUpgrade } from "../../codec/http1-connection.ts";
import type { Env } from "../../contract/env.ts";
import { type CompileContext, defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopAll, StopAndBuffer, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { RequestSubject } from "../../downstream/request-subject.ts";
import { type Answer, Ask, type Unanswered } from "../../forward/ask.ts";
import type { AsyncClient } from "../../forward/async-client.ts";
import { routeRetries } from "../../forward/remote-keys.ts";
import { openAsyncClient } from "../../forward/router-filter.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import { compileService, honours as service, questionFor, type SentBody, type ServicePlan, type Verdict as ServiceVerdict, verdictOf } from "../../match/authz-service.ts";
import { MetadataCondition } from "../../match/metadata-matcher.ts";
import { draws, runtimeFlag, type Share, shareOf } from "../../match/runtime-value.ts";
import { choiceOf } from "../../router/route.ts";
import { applyEdits, compileHeaderEdits, type HeaderEdits } from "../../router/header-edits.ts";
import type { BufferSettings, ExtAuthz, ExtAuthzPerRoute, HttpService } from "../../schema/generated/envoy/extensions/filters/http/ext_authz/v3.ts";
import { V3 } from "../../schema/table.ts";
import { COUNTER } from "../../stats/shape.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.ext_authz.v3";
const NAMESPACE = "envoy.filters.http.ext_authz";
const SHAPE = statLayout({
  counters: [
    "ok", "denied", "error", "disabled", "failure_mode_allowed", "invalid", "ignored_dynamic_metadata", "filter_state_name_collision", "omitted_response_headers",
    "request_header_limits_reached", "response_header_limits_reached", "shadow_denied", "shadow_error",
  ],
});
const [DISABLED, IGNORED] = [placeIn(SHAPE, "disabled"), placeIn(SHAPE, "ignored_dynamic_metadata")];
const PLACE = { ok: placeIn(SHAPE, "ok"), denied: placeIn(SHAPE, "denied"), error: placeIn(SHAPE, "error"), failure_mode_allowed: placeIn(SHAPE, "failure_mode_allowed") };
type Outcome = keyof typeof PLACE;
const FAILURE_ALLOWED = nameId("x-envoy-auth-failure-mode-allowed");
const DEFAULT_TIMEOUT_MS = 200;
/** Bytes that a service's answer may have. */
const LARGEST_ANSWER = 1024 * 1024;

/** A service, as compiled. */
interface Service {
  readonly config: HttpService;
  readonly plan: ServicePlan;
  readonly added: HeaderEdits;
}

function compileOne(config: HttpService, filter: ExtAuthz, diagnostics: Diagnostics): Service {
  const headers = config.authorization_request?.headers_to_add ?? [];
  return {
    config, plan: compileService(config, filter.allowed_headers, filter.disallowed_headers, diagnostics),
    added: compileHeaderEdits(headers.map((header) => ({ append: { header, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" } })), diagnostics),
  };
}

interface AuthzPlan {
  readonly config: ExtAuthz;
  readonly service: Service;
  readonly enabled: Share | null;
  readonly enabledBy: MetadataCondition | null;
  readonly statusOnError: number;
}

function compileAuthz(config: ExtAuthz, diagnostics: Diagnostics): AuthzPlan {
  const { status_on_error: status, filter_enabled_metadata: metadata } = config;
  if (config.http_service === undefined) diagnostics.report({ code: "LGT0901", at: config, message: "authorization over gRPC is known to Envoy and not done here" });
  const code = typeof status?.code === "number" ? status.code : (V3.enumeration("envoy.type.v3.StatusCode")?.byName.get(String(status?.code)) ?? 0);
  return {
    config, service: compileOne(config.http_service ?? {}, config, diagnostics), enabled: shareOf(config.filter_enabled),
    enabledBy: metadata === undefined ? null : new MetadataCondition(metadata, diagnostics), statusOnError: code >= 200 && code <= 511 ? code : 403,
  };
}

interface RoutePlan {
  readonly disabled: boolean;
  readonly body: BufferSettings | undefined;
  readonly buffers: boolean;
  readonly config: HttpService | undefined;
}

/** The filter in a worker. */
class World {
  readonly plan: AuthzPlan;
  readonly env: Env;
  readonly stats: StatBlock;
  private readonly context: CompileContext;
  private readonly clients = new WeakMap<HttpService, AsyncClient>();
  private readonly ofRoutes = new WeakMap<HttpService, Service>();

  constructor(plan: AuthzPlan, context: CompileContext, env: Env, stats: StatBlock) {
    this.plan = plan;
    this.context = context;
    this.env = env;
    this.stats = stats;
  }

  serviceFor(route: HttpService | undefined): Service {
    if (route === undefined) return this.plan.service;
    const known = this.ofRoutes.get(route);
    if (known !== undefined) return known;
    const made = compileOne(route, this.plan.config, { report: () => undefined });
    this.ofRoutes.set(route, made);
    return made;
  }

  clientFor({ config }: Service): AsyncClient {
    const known = this.clients.get(config);
    if (known !== undefined) return known;
    const made = openAsyncClient(this.context, this.env, routeRetries(config.retry_policy, config.retry_policy?.retry_on ?? ""));
    this.clients.set(config, made);
    return made;
  }

  /** Counts for the filter, and for the cluster that the request is routed to. */
  count(outcome: Outcome, routed: string, status = 0): void {
    this.stats.inc(PLACE[outcome]);
    const cluster = routed === "" ? undefined : this.env.clusters.get(routed);
    if (cluster === undefined) return;
    const { stat_prefix: prefix = "", charge_cluster_response_stats: charges = true } = this.plan.config;
    cluster.stats.child(`ext_authz.${prefix === "" ? "" : `${prefix}.`}${outcome}`, COUNTER).inc(0);
    if (outcome === "denied" && charges) cluster.chargeResponse(status, true, false);
  }
}

class AuthzFilter implements HttpFilter {
  private readonly world: World;
  private readonly handle: StreamHandle;
  private route: RoutePlan | null = null;
  /** The body is collected first. */
  private collects = false;
  private held = 0;
  private most = 0;
  private partial = false;
  private state: "idle" | "asking" | "passed" | "over" = "idle";
  private sync = false;
  private ask: Ask | null = null;
  private began = 0;
  /** Where the request is to go as it is when the question is asked. */
  private cluster = "";
  private response: ServiceVerdict["response"] = [];

  constructor(world: World, handle: StreamHandle) {
    this.world = world;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { plan, env, stats } = this.world;
    const { handle } = this;
    this.route = handle.routeConfig() as RoutePlan | null;
    if (handle.route() === null || this.route?.disabled === true) return this.skip();
    if (!this.isEnabled()) {
      stats.inc(DISABLED);
      if (!runtimeFlag(env.runtime, plan.config.deny_at_disable, false)) return this.skip();
      this.refuse(plan.statusOnError, "", "ext_authz_error", []);
      return StopAll;
    }
    const settings = this.route?.body ?? plan.config.with_request_body;
    this.most = settings?.max_request_bytes ?? 0;
    this.partial = settings?.allow_partial_message === true;
    this.collects = settings !== undefined && this.route?.buffers !== false && !endStream && headers.protocol === null && !isUpgrade(headers);
    return this.collects ? StopIteration : this.begin([]);
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.state === "asking") return StopAll;
    if (!this.collects || this.state !== "idle") return Continue;
    this.held += data.length;
    if (!this.partial && this.held > this.most) {
      this.state = "over";
      this.handle.localReply({ status: 413, body: "Payload Too Large", details: "request_payload_too_large" });
      return StopIteration;
    }
    if (!endStream && !(this.partial && this.held >= this.most)) return StopAndBuffer;
    return this.begin([...this.handle.heldDecodedData(), data]);
  }

  decodeTrailers(): Verdict {
    if (this.state === "asking") return StopIteration;
    return this.collects && this.state === "idle" ? this.begin([...this.handle.heldDecodedData()]) : Continue;
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    for (const [name, value] of this.response) headers.addNamed(name, value);
    return Continue;
  }

  onDestroy(): void {
    this.state = "over";
    this.ask?.cancel();
  }

  private skip(): Verdict {
    this.state = "over";
    return Continue;
  }

  private isEnabled(): boolean {
    const { plan: { enabled, enabledBy }, env } = this.world;
    return (enabled === null || draws(enabled.key, enabled.fraction, env.runtime, env.random)) && enabledBy?.matchesMetadata(this.handle.info.metadata ?? {}) !== false;
  }

  /** (What a call in between may have changed.) */
  private has(state: AuthzFilter["state"]): boolean {
    return this.state === state;
  }

  /** Asks; the request goes on when the answer is there. */
  private begin(pieces: readonly Buffer[]): Verdict {
    const { world, handle } = this;
    const { config, plan, added } = world.serviceFor(this.route?.config);
    const whole = Buffer.concat(pieces);
    const body = this.most > 0 && pieces.length > 0 ? whole.subarray(0, this.most) : null;
    const sent: SentBody | null = body === null ? null : { length: body.length, isPartial: body.length < whole.length };
    const headers = questionFor(plan, handle.requestHeaders, sent, world.plan.config.encode_raw_headers === true);
    if (added.length > 0) applyEdits(added, headers, new RequestSubject(handle, world.env).facts);
    const cluster = config.server_uri?.cluster ?? "";
    this.state = "asking";
    this.cluster = choiceOf(handle.route())?.cluster ?? "";
    this.began = world.env.clock.now();
    this.sync = true;
    if (world.env.clusters.get(cluster) === undefined) this.end("reset", plan);
    else {
      const options = { timeoutMs: optionalMs(config.server_uri?.timeout) ?? DEFAULT_TIMEOUT_MS, bufferLimit: Math.max(whole.length, LARGEST_ANSWER), forwardedFor: false };
      const client = world.clientFor(world.serviceFor(this.route?.config));
      const ask = new Ask(client, { cluster, headers, body: body === null || body.length === 0 ? null : body, options, most: LARGEST_ANSWER }, (answer) => this.end(answer, plan));
      if (this.has("asking")) this.ask = ask;
    }
    this.sync = false;
    return this.has("passed") ? Continue : StopAll;
  }

  private end(answer: Answer | Unanswered, plan: ServicePlan): void {
    if (this.state !== "asking") return;
    this.state = "over";
    const verdict = typeof answer === "string" ? null : verdictOf(plan, answer.headers);
    if (verdict === null || typeof answer === "string") return this.fail();
    if (verdict.metadata !== null) this.tell(verdict.metadata, verdict.allowed);
    if (verdict.allowed) return this.allow(verdict);
    const { max_denied_response_body_bytes: most = 0 } = this.world.plan.config;
    const body = answer.body.toString("latin1");
    this.world.count("denied", this.cluster, verdict.status);
    this.refuse(verdict.status, most > 0 ? body.slice(0, most) : body, "ext_authz_denied", verdict.set);
  }

  private tell(metadata: Readonly<Record<string, string>>, allowed: boolean): void {
    const { plan: { config }, env, stats } = this.world;
    if (config.enable_dynamic_metadata_ingestion === false) return stats.inc(IGNORED);
    const fields: Record<string, unknown> = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, fromWire(value)]));
    if (allowed) fields["ext_authz_duration"] = Math.floor(env.clock.now() - this.began);
    this.handle.info.mergeMetadata(NAMESPACE, fields);
  }

  private allow({ set, add, remove, response }: ServiceVerdict): void {
    const { handle, world } = this;
    const headers = handle.requestHeaders;
    if (world.plan.config.clear_route_cache === true && set.length + remove.length > 0) handle.clearRouteCache();
    for (const [name] of set) headers.removeNamed(name);
    for (const [name, value] of new Map(set)) headers.addNamed(name, value);
    for (const [name, value] of add) headers.addNamed(name, value);
    for (const name of remove) if (!name.startsWith(":") && name !== "host") headers.removeNamed(name);
    this.response = response;
    world.count("ok", this.cluster);
    this.pass();
  }

  private fail(): void {
    const { handle, world } = this;
    const { config, statusOnError } = world.plan;
    world.count("error", this.cluster);
    if (config.failure_mode_allow !== true) return this.refuse(statusOnError, "", "ext_authz_error", []);
    world.count("failure_mode_allowed", this.cluster);
    if (config.failure_mode_allow_header_add === true) handle.requestHeaders.add(FAILURE_ALLOWED, "true");
    this.pass();
  }

  private pass(): void {
    this.state = "passed";
    if (!this.sync) this.handle.resumeDecoding();
  }

  private refuse(status: number, body: string, details: string, lines: readonly (readonly [string, string])[]): void {
    this.state = "over";
    this.handle.info.setFlag("UAEX");
    this.handle.localReply({
      status, body, details,
      modify: (headers) => {
        for (const [name] of lines) headers.removeNamed(name);
        for (const [name, value] of lines) headers.addNamed(name, value);
      },
    });
  }
}

export const extAuthz = defineExtension<"envoy.filters.http", ExtAuthz, ExtAuthzPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.ext_authz",
  config: `${PACKAGE}.ExtAuthz`,
  honours: {
    // Some fields say only what is told to a service over gRPC.
    [`${PACKAGE}.ExtAuthz`]: [
      "http_service", "transport_api_version", "failure_mode_allow", "failure_mode_allow_header_add", "with_request_body", "clear_route_cache", "status_on_error", "validate_mutations",
      "metadata_context_namespaces", "typed_metadata_context_namespaces", "route_metadata_context_namespaces", "route_typed_metadata_context_namespaces", "filter_enabled",
      "filter_enabled_metadata", "deny_at_disable", "include_peer_certificate", "stat_prefix", "bootstrap_metadata_labels_key", "allowed_headers", "disallowed_headers",
      "include_tls_session", "charge_cluster_response_stats", "encode_raw_headers", "enable_dynamic_metadata_ingestion", "max_denied_response_body_bytes",
    ],
    [`${PACKAGE}.BufferSettings`]: ["max_request_bytes", "allow_partial_message", "pack_as_bytes"],
    [`${PACKAGE}.HttpService`]: ["server_uri", "path_prefix", "path_override", "authorization_request", "authorization_response", "retry_policy"],
    [`${PACKAGE}.AuthorizationRequest`]: ["allowed_headers", "headers_to_add"],
    [`${PACKAGE}.AuthorizationResponse`]: ["allowed_upstream_headers", "allowed_upstream_headers_to_append", "allowed_client_headers", "allowed_client_headers_on_success", "dynamic_metadata_from_headers"],
    [`${PACKAGE}.ExtAuthzPerRoute`]: ["disabled", "check_settings"],
    [`${PACKAGE}.CheckSettings`]: ["context_extensions", "disable_request_body_buffering", "with_request_body", "http_service"],
    "envoy.config.core.v3.HttpUri": ["uri", "cluster", "timeout"], "envoy.config.core.v3.HeaderValue": ["key", "value"], "envoy.type.v3.HttpStatus": ["code"],
    "envoy.config.core.v3.RetryPolicy": ["retry_back_off", "num_retries", "retry_on"], "envoy.config.core.v3.BackoffStrategy": ["base_interval", "max_interval"], ...service,
  },
  compile(config, context) {
    const plan = compileAuthz(config, context.diagnostics);
    return {
      open(env) {
        const { stat_prefix: name = "" } = config;
        const stats = env.stats.block(`${context.statPrefix}ext_authz.${name === "" || name.endsWith(".") ? name : `${name}.`}`, SHAPE);
        const world = new World(plan, context, env, stats);
        return (handle) => new AuthzFilter(world, handle);
      },
    };
  },
  routeType: `${PACKAGE}.ExtAuthzPerRoute`,
  compileRoute({ disabled, check_settings: settings }, { diagnostics }): RoutePlan {
    if (settings?.http_service !== undefined) compileOne(settings.http_service, {}, diagnostics);
    return { disabled: disabled === true, body: settings?.with_request_body, buffers: settings?.disable_request_body_buffering !== true, config: settings?.http_service };
  },
});
