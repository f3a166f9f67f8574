import type { ResolvedFinding } from "./finding.ts";

/**
 * One stable name for each finding (32 hexadecimal digits): code, file and field path, so that it survives edits
 * elsewhere in the file; where there is no path, the text of the line. Equal ones are numbered in their order.
 */
export function fingerprints(findings: readonly ResolvedFinding[]): string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const line = finding.frame?.lines[(finding.line ?? 0) - finding.frame.first]?.trim();
    const identity = [finding.code, finding.file ?? "", finding.path ?? line ?? "", finding.message].join("\0");
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    return [0, 1].map((lane) => hash64(`${identity}\0${count}`, lane)).join("");
  });
}

/** Two 32-bit multiplicative hashes over UTF-16 units (the cyrb53 construction); not for security. */
function hash64(text: string, seed: number): string {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
