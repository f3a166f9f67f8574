/**
 * Modules of the runtime that are loaded by the first who needs them: each costs a start milliseconds, and every thread megabytes.
 * (An import, wherever it stands, is carried out when the program starts, since all of it is one bundle.)
 */
import type * as ChildProcess from "node:child_process";
import type * as Crypto from "node:crypto";
import type * as Dns from "node:dns";
import type * as Fs from "node:fs";
import type * as Net from "node:net";
import type * as Os from "node:os";
import type * as Tls from "node:tls";
import type * as WorkerThreads from "node:worker_threads";
import type * as Zlib from "node:zlib";

let childProcessModule: typeof ChildProcess | undefined;
let cryptoModule: typeof Crypto | undefined;
let dnsModule: typeof Dns | undefined;
let fsModule: typeof Fs | undefined;
let netModule: typeof Net | undefined;
let osModule: typeof Os | undefined;
let tlsModule: typeof Tls | undefined;
let workerThreadsModule: typeof WorkerThreads | undefined;
let zlibModule: typeof Zlib | undefined;

export function crypto(): typeof Crypto {
  return (cryptoModule ??= process.getBuiltinModule("node:crypto"));
}

export function childProcess(): typeof ChildProcess {
  return (childProcessModule ??= process.getBuiltinModule("node:child_process"));
}

export function dns(): typeof Dns {
  return (dnsModule ??= process.getBuiltinModule("node:dns"));
}

export function fs(): typeof Fs {
  return (fsModule ??= process.getBuiltinModule("node:fs"));
}

export function net(): typeof Net {
  return (netModule ??= process.getBuiltinModule("node:net"));
}

export function os(): typeof Os {
  return (osModule ??= process.getBuiltinModule("node:os"));
}

export function workerThreads(): typeof WorkerThreads {
  return (workerThreadsModule ??= process.getBuiltinModule("node:worker_threads"));
}

export function tls(): typeof Tls {
  return (tlsModule ??= process.getBuiltinModule("node:tls"));
}

export function zlib(): typeof Zlib {
  return (zlibModule ??= process.getBuiltinModule("node:zlib"));
}
