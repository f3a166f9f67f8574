/** Certificates for tests, made by OpenSSL in a folder of their own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  /** PEM, the chain behind the leaf included. */
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  /** As OpenSSL's `subjectAltName`: `DNS:a.test,URI:spiffe://a/b`. */
  readonly san?: string;
  readonly subject?: string;
  readonly kind?: "ec" | "ec384" | "rsa";
  /** Days from today; negative: it has expired. */
  readonly days?: number;
  readonly ca?: boolean;
  readonly usage?: string;
}

const KEYS = {
  ec: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  ec384: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
  rsa: ["-newkey", "rsa:2048"],
} as const;

/** An authority that issues. `close` removes its folder. */
export class Authority {
  readonly folder: string;
  readonly pair: Pair;
  private readonly name: string;
  private readonly own: boolean;
  private count = 0;

  constructor(name = "Test CA", folder?: string, pair?: Pair) {
    this.own = folder === undefined;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), "certs-"));
    this.name = name;
    this.pair = pair ?? this.root();
    writeFileSync(this.path("ca.pem"), this.pair.certificate);
    writeFileSync(this.path("ca.key"), this.pair.key);
  }

  get certificate(): string {
    return this.pair.certificate;
  }

  issue(name: string, { san = `DNS:${name}`, subject = `/CN=${name}`, kind = "ec", days = 30, ca = false, usage = "serverAuth,clientAuth" }: IssueOptions = {}): Pair {
    const id = `${++this.count}`;
    openssl("req", ...KEYS[kind], "-nodes", "-keyout", this.path(`${id}.key`), "-out", this.path(`${id}.csr`), "-utf8", "-subj", subject);
    const extensions = [...(san === "" ? [] : [`subjectAltName=${san}`]), ...(ca ? ["basicConstraints=critical,CA:TRUE"] : [`extendedKeyUsage=${usage}`])];
    writeFileSync(this.path(`${id}.ext`), `${extensions.join("\n")}\n`);
    openssl("x509", "-req", "-in", this.path(`${id}.csr`), "-CA", this.path("ca.pem"), "-CAkey", this.path("ca.key"), "-set_serial", `0x10${id.padStart(4, "0")}`,
      "-days", String(days), "-extfile", this.path(`${id}.ext`), "-out", this.path(`${id}.pem`));
    return { certificate: readFileSync(this.path(`${id}.pem`), "latin1"), key: readFileSync(this.path(`${id}.key`), "latin1") };
  }

  /** An authority below this one. */
  intermediate(name: string): Authority {
    const pair = this.issue(name, { san: "", ca: true });
    const folder = join(this.folder, name);
    execFileSync("mkdir", ["-p", folder]);
    return new Authority(name, folder, pair);
  }

  /** A revocation list of these certificates. */
  revoke(...pairs: readonly Pair[]): string {
    writeFileSync(this.path("index.txt"), "");
    writeFileSync(this.path("crlnumber"), "01\n");
    writeFileSync(this.path("crl.cnf"), `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.path("index.txt")}\ndefault_md=sha256\ndefault_crl_days=30\ncrlnumber=${this.path("crlnumber")}\n`);
    const authority = ["-config", this.path("crl.cnf"), "-keyfile", this.path("ca.key"), "-cert", this.path("ca.pem")];
    for (const { certificate } of pairs) {
      writeFileSync(this.path("revoked.pem"), certificate);
      openssl("ca", ...authority, "-revoke", this.path("revoked.pem"));
    }
    openssl("ca", ...authority, "-gencrl", "-out", this.path("list.crl"));
    return readFileSync(this.path("list.crl"), "latin1");
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  close(): void {
    if (this.own) rmSync(this.folder, { recursive: true, force: true });
  }

  private root(): Pair {
    openssl("req", "-x509", ...KEYS.ec, "-nodes", "-keyout", this.path("root.key"), "-out", this.path("root.pem"), "-days", "30", "-subj", `/CN=${this.name}`);
    return { certificate: readFileSync(this.path("root.pem"), "latin1"), key: readFileSync(this.path("root.key"), "latin1") };
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
