/** Finds the file descriptors that an Envoy binary carries inside itself. */
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";

/** Tags of FileDescriptorProto's fields, each with the wire type it must have. */
const WIRE: Readonly<Record<number, number>> = { 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 0, 11: 0, 12: 2, 14: 0, 15: 2 };

function varint(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
  return [-1, at];
}

/** Walks known fields from `start`; the descriptor ends after `syntax` or before the first byte that is none. */
function endOf(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const [tag, next] = varint(bytes, at);
    const field = tag >>> 3;
    if (tag <= 0 || WIRE[field] !== (tag & 7) || (field === 1 && at !== start)) return at;
    const [value, after] = varint(bytes, next);
    if (value < 0) return at;
    const end = (tag & 7) === 2 ? after + value : after;
    if (end > bytes.length) return at;
    at = end;
    if (field === 12) return at;
  }
}

function nameStart(bytes: Buffer, suffix: number): number {
  for (let length = 7; length < 128 && suffix - length >= 2; length++) {
    const start = suffix + 6 - length;
    if (bytes[start - 1] === length && bytes[start - 2] === 0x0a) return start - 2;
    if (start >= 1 && (bytes[start] ?? 0) < 0x20) return -1;
  }
  return -1;
}

/** Returns the embedded descriptors by file name. */
export function embeddedDescriptors(binary: Buffer): Map<string, FileDescriptorProto> {
  const found = new Map<string, FileDescriptorProto>();
  for (let hit = binary.indexOf(".proto"); hit >= 0; hit = binary.indexOf(".proto", hit + 6)) {
    const start = nameStart(binary, hit);
    if (start < 0) continue;
    const end = endOf(binary, start);
    if (end - start < 32) continue;
    try {
      const file = fromBinary(FileDescriptorProtoSchema, binary.subarray(start, end));
      if (file.name.endsWith(".proto") && file.package !== "" && !found.has(file.name)) found.set(file.name, file);
    } catch {
      // bytes that only look like a descriptor
    }
  }
  return found;
}
