/** The certificate of contenders that speak TLS: one self-signed one of P-256 for the whole run, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let made: { readonly cert: Buffer; readonly key: Buffer } | null = null;

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** One behind the other, as HAProxy wants them. */
  readonly both: string;
}

/** In a contender's own directory. Throws where there is no openssl. */
export function certificateIn(dir: string): CertificateFiles {
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem'), both: join(dir, 'both.pem') };
  if (made === null) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
    const args = ['req', '-x509', ...key, '-out', files.cert, '-days', '2', '-subj', '/CN=bench.local'];
    execFileSync('openssl', args, { stdio: 'ignore' });
    made = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  }
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key);
  writeFileSync(files.both, Buffer.concat([made.cert, made.key]));
  return files;
}
