/** What the command line asks of the server. What is absent was not given; the server applies the defaults. */
export interface ServeOptions {
  /** Path of the bootstrap; `-` is standard input. */
  readonly configPath: string | undefined;
  /** A bootstrap in YAML, merged over the file. */
  readonly configYaml: string | undefined;
  readonly mode: "serve" | "validate" | "init_only";
  readonly watch: boolean;
  readonly allowUnsupported: boolean;
  /** Worker threads; absent: the cores the process may use. */
  readonly concurrency: number | undefined;
  readonly logLevel: string;
  /** Component -> level. */
  readonly componentLogLevels: ReadonlyMap<string, string>;
  readonly logFormat: string | undefined;
  readonly logFormatEscaped: boolean;
  readonly logPath: string | undefined;
  readonly adminAddressPath: string | undefined;
  readonly serviceNode: string | undefined;
  readonly serviceCluster: string | undefined;
  readonly serviceZone: string | undefined;
  readonly drainTimeMs: number;
  readonly drainStrategy: "gradual" | "immediate";
  readonly unknownStaticFields: "error" | "warning";
  readonly unknownDynamicFields: "error" | "warning" | "ignore";
  readonly skipDeprecatedLogs: boolean;
  /** Name -> value. */
  readonly statsTags: ReadonlyMap<string, string>;
  readonly fileFlushIntervalMs: number;
  readonly fileFlushMinBytes: number;
}
