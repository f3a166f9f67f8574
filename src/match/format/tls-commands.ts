/** Commands that print what TLS handshakes showed: certificates of both ends, of clients and of upstream hosts. */
import type { Command, Writer, Written } from "./command.ts";
import { FormatError } from "./command.ts";
import type { CertificateFacts, FormatContext, TlsSide } from "./format-context.ts";
import { isoTime, timeFormat } from "./time-format.ts";

type Read<T> = (from: T) => Written;
type Pick = (context: FormatContext) => TlsSide | null | undefined;

const downstream: Pick = ({ stream }) => stream.downstreamTls;
const upstream: Pick = ({ stream }) => stream.upstreamTls;

function side(pick: Pick, read: Read<TlsSide>): Command {
  return { parameters: "none", length: false, compile: () => (context) => fallback(pick(context), read) };
}

function certificate(pick: Pick, whose: "peer" | "local", read: Read<CertificateFacts>): Command {
  return side(pick, (tls) => fallback(tls[whose], read));
}

/** What is empty counts as unknown. */
function fallback<T>(from: T | null | undefined, read: Read<T>): Written {
  return (from === null || from === undefined ? null : read(from)) || null;
}

function names(type: string): Read<CertificateFacts> {
  return (facts) => facts.names(type).join(",");
}

function validity(pick: Pick, read: (facts: CertificateFacts) => number): Command {
  return {
    parameters: "optional", length: false,
    compile(format): Writer {
      if (/[\n\r\0]|%n/.test(format)) throw new FormatError("Invalid header configuration. Format string contains newline.");
      const print = format === "" ? isoTime : timeFormat(format);
      return (context) => {
        const peer = pick(context)?.peer ?? null;
        return peer === null ? null : print(read(peer));
      };
    },
  };
}

const TYPES = { URI: "URI", DNS: "DNS", IP: "IP_ADDRESS", EMAIL: "EMAIL", OTHERNAME: "OTHER_NAME" } as const;

function sanCommands(prefix: string, pick: Pick, types: readonly (keyof typeof TYPES)[]): [string, Command][] {
  return (["peer", "local"] as const).flatMap((whose) => types.map((type): [string, Command] => [`${prefix}_${whose.toUpperCase()}_${type}_SAN`, certificate(pick, whose, names(TYPES[type]))]));
}

export const TLS_COMMANDS: readonly (readonly [string, Command])[] = [
  ...sanCommands("DOWNSTREAM", downstream, ["URI", "DNS", "IP", "EMAIL", "OTHERNAME"]),
  ...sanCommands("UPSTREAM", upstream, ["URI", "DNS", "IP"]),
  ["DOWNSTREAM_PEER_SUBJECT", certificate(downstream, "peer", (facts) => facts.subject)],
  ["DOWNSTREAM_LOCAL_SUBJECT", certificate(downstream, "local", (facts) => facts.subject)],
  ["DOWNSTREAM_PEER_ISSUER", certificate(downstream, "peer", (facts) => facts.issuer)],
  ["DOWNSTREAM_PEER_SERIAL", certificate(downstream, "peer", (facts) => facts.serial)],
  ["DOWNSTREAM_PEER_FINGERPRINT_256", certificate(downstream, "peer", (facts) => facts.sha256)],
  ["DOWNSTREAM_PEER_FINGERPRINT_1", certificate(downstream, "peer", (facts) => facts.sha1)],
  ["DOWNSTREAM_PEER_CERT", certificate(downstream, "peer", (facts) => facts.pem)],
  ["DOWNSTREAM_PEER_CERT_V_START", validity(downstream, (facts) => facts.notBefore)],
  ["DOWNSTREAM_PEER_CERT_V_END", validity(downstream, (facts) => facts.notAfter)],
  ["DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256", side(downstream, ({ chain }) => chain.map((facts) => facts.sha256).join(","))],
  ["DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1", side(downstream, ({ chain }) => chain.map((facts) => facts.sha1).join(","))],
  ["DOWNSTREAM_PEER_CHAIN_SERIALS", side(downstream, ({ chain }) => chain.map((facts) => facts.serial).join(","))],
  ["DOWNSTREAM_TLS_VERSION", side(downstream, (tls) => tls.version)],
  ["DOWNSTREAM_TLS_CIPHER", side(downstream, (tls) => tls.cipher)],
  ["DOWNSTREAM_TLS_SESSION_ID", side(downstream, (tls) => tls.sessionId)],
  ["DOWNSTREAM_TLS_GROUP", side(downstream, (tls) => tls.group)],
  ["UPSTREAM_PEER_SUBJECT", certificate(upstream, "peer", (facts) => facts.subject)],
  ["UPSTREAM_PEER_ISSUER", certificate(upstream, "peer", (facts) => facts.issuer)],
  ["UPSTREAM_PEER_CERT", certificate(upstream, "peer", (facts) => facts.pem)],
  ["UPSTREAM_PEER_CERT_V_START", validity(upstream, (facts) => facts.notBefore)],
  ["UPSTREAM_PEER_CERT_V_END", validity(upstream, (facts) => facts.notAfter)],
  ["UPSTREAM_TLS_VERSION", side(upstream, (tls) => tls.version)],
  ["UPSTREAM_TLS_CIPHER", side(upstream, (tls) => tls.cipher)],
  ["UPSTREAM_TLS_SESSION_ID", side(upstream, (tls) => tls.sessionId)],
  ["UPSTREAM_TLS_GROUP", side(upstream, (tls) => tls.group)],
  ["UPSTREAM_SERVER_NAME", side(upstream, (tls) => tls.serverName)],
  ["TLS_JA3_FINGERPRINT", { parameters: "none", length: false, compile: () => ({ stream }) => stream.ja3 || null }],
  ["TLS_JA4_FINGERPRINT", { parameters: "none", length: false, compile: () => ({ stream }) => stream.ja4 || null }],
];
