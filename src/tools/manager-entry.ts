/** What the connection manager does with a simulated request before it is routed: the proxy's own steps, in its order. */
import { toWire } from "../base/wire-text.ts";
import { type CodecError, HTTPS_ON_PLAINTEXT, INVALID_SCHEME, INVALID_URL } from "../codec/codec-error.ts";
import type { Http1ServerOptions } from "../codec/http1-options.ts";
import { parseAbsolute } from "../codec/http1-target.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import { compileEarlyMutations } from "../downstream/early-mutations.ts";
import { codecOptions, preparationOptions } from "../downstream/manager-plan.ts";
import { checkRequest, mutateRequest, type PreparationOptions, type Rejection } from "../downstream/request-preparation.ts";
import { upgradeAllowed, upgradeOf } from "../downstream/upgrades.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { X_FORWARDED_FOR } from "../http/names.ts";
import type { StreamInfo } from "../match/format/format-context.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../platform/address.ts";
import { applyEdits, type HeaderEdits } from "../router/header-edits.ts";
import type { RouteChoice } from "../router/route.ts";
import { simulatedContext, simulatedStream } from "../router/simulated-stream.ts";
import type { FoundTable } from "./route-tables.ts";
import { fillArriving, type SimulatedRequest } from "./simulated-request.ts";

/** No way of finding the client's address found one, and one of them refuses such requests. */
const UNKNOWN_CLIENT = "rejecting_because_detection_failed";
/** An id that says it is made up. */
const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
const newRequestId = (): string => REQUEST_ID;
const SILENT = { report: (): void => undefined };

/** What was found out of a request; overwritten by the next one. */
export interface Entered {
  remote: SocketAddress;
  internal: boolean;
  /** The request is answered here. */
  rejection: Rejection | null;
}

export class ManagerEntry {
  readonly options: PreparationOptions;
  readonly #isKnown: boolean;
  readonly #early: readonly HeaderEdits[];
  readonly #own: SocketAddress | null;
  readonly #chainName: string | null;
  readonly #internalOnly: readonly number[];
  /** Upgrades that the manager's configuration names, in lower case. */
  readonly #upgrades: ReadonlyMap<string, { readonly enabled: boolean }>;
  readonly #entered: Entered = { remote: ipAddress("127.0.0.1", 0), internal: false, rejection: null };
  readonly #codec: Http1ServerOptions;
  /** Of the request at hand: its target is refused. */
  #badTarget: Rejection | null = null;
  #peer = ipAddress("127.0.0.1", 0);

  /** `internalOnly`: the route table's `internal_only_headers`. */
  constructor({ manager, owner, chain }: FoundTable, internalOnly: readonly number[], { serviceCluster, nodeId }: { readonly serviceCluster: string; readonly nodeId: string }) {
    this.#isKnown = manager !== undefined;
    this.#internalOnly = internalOnly;
    this.options = preparationOptions(manager ?? {}, { listenerPrefix: "", bufferLimit: 0, serviceCluster, nodeId }, SILENT);
    this.#codec = codecOptions(manager ?? {}, SILENT);
    this.#early = compileEarlyMutations(manager?.early_header_mutation_extensions, SILENT);
    this.#own = socketAddressOf(owner?.address);
    this.#chainName = chain?.name ?? null;
    this.#upgrades = new Map((manager?.upgrade_configs ?? []).map(({ upgrade_type: type = "", enabled = true }) => [type.toLowerCase(), { enabled }]));
  }

  /** Fills an empty block with the headers as they arrive. */
  arrive(headers: HeaderBlock, request: SimulatedRequest): void {
    fillArriving(headers, request);
    this.#badTarget = request.target === undefined ? null : this.#takeTarget(headers, request.target, request.scheme === "https");
    if (request.logged === true && this.options.useRemoteAddress && !this.options.skipXffAppend) withoutPeer(headers, request.sourceIp);
  }

  /** As the HTTP/1 codec does with an absolute-form target. */
  #takeTarget(headers: HeaderBlock, target: string, secure: boolean): Rejection | null {
    if (!this.#codec.allowAbsoluteUrl) return null;
    const absolute = parseAbsolute(toWire(target));
    if (absolute === undefined) return rejectionOf(INVALID_URL);
    headers.authority = absolute.authority;
    headers.scheme = absolute.scheme;
    headers.path = absolute.path;
    if (absolute.scheme !== "http" && absolute.scheme !== "https") return rejectionOf(INVALID_SCHEME);
    return absolute.scheme === "https" && !secure && this.#codec.refuseHttpsTarget === true ? rejectionOf(HTTPS_ON_PLAINTEXT) : null;
  }

  /** Brings filled headers into the state in which routes see them. */
  enter(headers: HeaderBlock, request: SimulatedRequest): Entered {
    const entered = this.#entered;
    if (this.#peer.ip !== request.sourceIp) this.#peer = ipAddress(request.sourceIp, 0);
    entered.remote = this.#peer;
    entered.internal = false;
    entered.rejection = this.#badTarget;
    if (entered.rejection !== null) return entered;
    const local = this.#localAddress(request);
    entered.rejection = checkRequest(headers, this.options, local.kind === "ip" ? local.port : 0);
    if (entered.rejection !== null) return entered;
    for (const edits of this.#early) applyEdits(edits, headers, simulatedContext(simulatedStream({}), headers));
    const facts = { remote: this.#peer, local, secure: request.scheme === "https", machineAddress: null };
    const { remote, internal, refused } = mutateRequest(headers, facts, this.options, this.#internalOnly, newRequestId);
    entered.remote = remote;
    entered.internal = internal;
    if (refused > 0) entered.rejection = { status: refused, details: UNKNOWN_CLIENT };
    return entered;
  }

  /** The port of the address that the connection came to. */
  localPort(request: SimulatedRequest): number {
    const local = this.#localAddress(request);
    return local.kind === "ip" ? local.port : 0;
  }

  /** What format strings may print of the connection; an address that only the machine knows is unknown. */
  streamFacts(request: SimulatedRequest, remote: SocketAddress): Partial<StreamInfo> {
    const local = this.#localAddress(request);
    const known = local.kind === "ip" && (local.ip === "0.0.0.0" || local.ip === "::") ? null : formatAddress(local);
    return {
      downstreamRemoteAddress: formatAddress(remote), downstreamDirectRemoteAddress: formatAddress(ipAddress(request.sourceIp, 0)),
      downstreamLocalAddress: known, downstreamDirectLocalAddress: known, filterChainName: this.#chainName, requestedServerName: request.scheme === "https" ? request.sni ?? null : null,
    };
  }

  /** The upgrade that a request asks for and does not get; null: none. Only a request with a route is refused. */
  refusedUpgrade(headers: HeaderBlock, choice: RouteChoice | null): string | null {
    const type = choice === null || !this.#isKnown ? null : upgradeOf(headers);
    return type !== null && !upgradeAllowed(type, choice, this.#upgrades.get(type)) ? type : null;
  }

  #localAddress({ dest, port, scheme }: SimulatedRequest): SocketAddress {
    if (dest !== undefined && dest.ip !== "") return dest;
    return this.#own ?? ipAddress("127.0.0.1", dest?.port ?? port ?? (scheme === "https" ? 443 : 80));
  }
}

function rejectionOf({ status, details }: CodecError): Rejection {
  return { status, details };
}

/** A proxy that logged the request had put the peer at the end of the header: as it arrived, it was not there. */
function withoutPeer(headers: HeaderBlock, peer: string): void {
  const value = headers.get(X_FORWARDED_FOR);
  if (value === null || !value.endsWith(peer)) return;
  const rest = value.slice(0, value.length - peer.length).replace(/[,\s]+$/, "");
  if (rest === "") headers.remove(X_FORWARDED_FOR);
  else headers.set(X_FORWARDED_FOR, rest);
}
