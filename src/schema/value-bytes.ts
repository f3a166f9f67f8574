/** google.protobuf.Value in its binary form, from a peer. */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { readValueBytes } from "./binary-structs.ts";

/** The value as plain JSON; undefined if the bytes are no such message. */
export function valueOfBytes(bytes: Uint8Array): unknown {
  try {
    return readValueBytes(new BinaryReader(bytes), bytes.length);
  } catch {
    return undefined; // the reader throws for what is cut off or out of range
  }
}
