/** What a file's bytes hold: a text, or the reason why they hold none. `hadMark`: a byte order mark was removed. */
export type TextBytes =
  | { readonly text: string; readonly hadMark: boolean }
  | { readonly problem: "binary" | "encoding"; readonly text: string; readonly offset: number };

/**
 * Reads bytes as UTF-8, or as UTF-16 where a byte order mark says so (Envoy's YAML reader does the same). For a
 * problem, `text` holds what could be read before it and `offset` is its end.
 */
export function textOfBytes(bytes: Uint8Array): TextBytes {
  const [a, b] = bytes;
  const encoding = a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : "utf-8";
  try {
    return textOfString(new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    const readable = new TextDecoder(encoding).decode(bytes);
    const bad = readable.indexOf("\uFFFD");
    const text = bad < 0 ? readable : readable.slice(0, bad);
    return { problem: text.includes("\0") ? "binary" : "encoding", text, offset: text.length };
  }
}

/** The same for what is a string already. */
export function textOfString(string: string): TextBytes {
  const hadMark = string.charCodeAt(0) === 0xfeff;
  const text = hadMark ? string.slice(1) : string;
  const nul = text.indexOf("\0");
  return nul < 0 ? { text, hadMark } : { problem: "binary", text: text.slice(0, nul), offset: nul };
}
