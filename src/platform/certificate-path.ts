/** Paths of certificates, by signature: which of the presented ones lead to an authority. Validity and usage are the handshake's matter. */
import type { X509Certificate } from "node:crypto";
import { crypto } from "./builtins.ts";

/** From the leaf up to the authority, both included; empty where none leads there. */
export function pathTo(chain: readonly Buffer[], authorities: readonly Buffer[]): readonly Buffer[] {
  const [leaf, ...others] = chain.map(parsed).filter((certificate) => certificate !== null);
  const roots = authorities.map(parsed).filter((certificate) => certificate !== null);
  const path: X509Certificate[] = [];
  let current = leaf;
  while (current !== undefined && path.length <= chain.length) {
    const here: X509Certificate = current;
    path.push(here);
    const known = roots.find((root) => root.raw.equals(here.raw));
    if (known !== undefined) return path.map(({ raw }) => raw);
    const root = roots.find((each) => issued(each, here));
    if (root !== undefined) return [...path, root].map(({ raw }) => raw);
    current = others.find((each) => !path.includes(each) && issued(each, here));
  }
  return [];
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

function parsed(der: Buffer): X509Certificate | null {
  try {
    return new (crypto().X509Certificate)(der);
  } catch {
    return null;
  }
}
