/** Descriptors of the modules, closed over their imports and sorted so that an import stands before its importer. */
import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { descriptorsBelow } from "./raw-descriptors.ts";

export type Files = ReadonlyMap<string, FileDescriptorProto>;

/** Reads every descriptor of the modules' folders, by file name. */
export function readFiles(folders: readonly string[]): Files {
  const files = new Map<string, FileDescriptorProto>();
  for (const folder of folders) {
    for (const bytes of descriptorsBelow(folder)) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      if (!files.has(file.name)) files.set(file.name, file);
    }
  }
  return files;
}

/** Orders the files that `isRoot` picks, and what they import, by dependency; equal ones by name. */
export function closure(files: Files, isRoot: (name: string) => boolean): FileDescriptorProto[] {
  const done = new Set<string>();
  const sorted: FileDescriptorProto[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const file = files.get(name);
    if (file === undefined) throw new Error(`no descriptor for ${name}`);
    file.dependency.toSorted().forEach(visit);
    sorted.push(file);
  };
  [...files.keys()].filter(isRoot).toSorted().forEach(visit);
  return sorted;
}

export function registryOf(files: readonly FileDescriptorProto[]): FileRegistry {
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [...files] }));
}

/** v3, contrib and the annotations: everything a configuration of today can name. */
export function isV3(name: string): boolean {
  return /^envoy\/.*\/v3(alpha)?\//.test(name) || /^(contrib|xds|udpa|validate)\//.test(name);
}

/** The frozen v2 API. */
export function isV2(name: string): boolean {
  return name.startsWith("envoy/") && !isV3(name) && !name.startsWith("envoy/annotations/");
}
