/** Real Envoy 1.40 on loopback with a config of its own, for the page-by-page comparison. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const BINARY = process.env.ENVOY_BIN ?? 'envoy';

/** Why the comparison cannot run, or null. */
export function whyNot(): string | null {
  const version = spawnSync(BINARY, ['--version'], { encoding: 'utf8' });
  if (version.error) return 'no `envoy` on the PATH nor in ENVOY_BIN: the comparison with real Envoy is left out';
  if (!version.stdout.includes('/1.40.')) return `needs Envoy 1.40, found ${version.stdout.trim()}`;
  return null;
}

export class RealEnvoy {
  private readonly process: ChildProcess;
  private readonly folder: string;
  readonly port: number;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.process = child;
    this.folder = folder;
    this.port = port;
  }

  /** `config`: YAML whose admin listens on 127.0.0.1:0. */
  static async start(config: string): Promise<RealEnvoy> {
    const folder = mkdtempSync(join(tmpdir(), 'real-envoy-'));
    const file = join(folder, 'envoy.yaml');
    const portFile = join(folder, 'admin');
    writeFileSync(file, config.replaceAll('$FOLDER', folder));
    const args = ['-c', file, '--concurrency', '1', '--disable-hot-restart', '--admin-address-path', portFile];
    const child = spawn(BINARY, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (data) => {
        log += data;
        if (log.includes('starting main dispatch loop')) resolve();
      });
      child.once('exit', () => reject(new Error(`envoy did not start:\n${log}`)));
      child.once('error', reject);
    });
    const port = Number(readFileSync(portFile, 'utf8').split(':').pop());
    return new RealEnvoy(child, folder, port);
  }

  get(path: string, method = 'GET', headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port: this.port, path, method, headers, agent: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (c) => chunks.push(c));
        res.on('end', () => {
          const flat: Record<string, string> = {};
          for (const [name, value] of Object.entries(res.headers)) flat[name] = String(value);
          resolve({ status: res.statusCode!, headers: flat, body: Buffer.concat(chunks).toString() });
        });
        res.on('error', reject);
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
