/**
 * One of AION's six sidecars, started with the argv of its deployment. The files in configs/ are AION's own; only host
 * names and ports are replaced on the way to the temporary file that the proxy reads.
 *
 * `AION_PROXY=/path/to/envoy` plays the tests against real Envoy 1.40 with the v2 names brought to v3: are they right?
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

export type SidecarName =
  | 'service-broker'
  | 'service-broker-master'
  | 'send-anything'
  | 'status-kanban'
  | 'kanban-replicator'
  | 'microservice';

interface Facts {
  /** Where its gRPC listener and the gRPC server behind it are in AION; 0: it has none. */
  grpc: readonly [listener: number, upstream: number];
  redis: boolean;
  admin: boolean;
  /** Arguments of the deployment, `FILE` for the path. Two of them pass flag and path as one argument. */
  args: readonly string[];
}

const ONE_ARGUMENT = ['--config-path FILE'];
const DEBUG = ['-l', 'debug', '--config-path', 'FILE'];

export const SIDECARS: Record<SidecarName, Facts> = {
  'service-broker': { grpc: [10000, 11111], redis: true, admin: true, args: ONE_ARGUMENT },
  'service-broker-master': { grpc: [11110, 11111], redis: true, admin: true, args: ONE_ARGUMENT },
  'send-anything': { grpc: [10000, 11011], redis: false, admin: true, args: ONE_ARGUMENT },
  'status-kanban': { grpc: [10000, 11010], redis: true, admin: true, args: DEBUG },
  'kanban-replicator': { grpc: [0, 0], redis: true, admin: false, args: DEBUG },
  microservice: { grpc: [11010, 10000], redis: false, admin: true, args: DEBUG },
};

const REDIS_LISTENER = 1999;
const REDIS_SERVER = 6379;
const ADMIN = 10001;

/** Set to real Envoy: the v2 names in the files become v3. */
export const realEnvoy = process.env.AION_PROXY ?? '';

export class Sidecar {
  readonly name: SidecarName;
  grpcPort = 0;
  redisPort = 0;
  adminPort = 0;
  readonly #directory = mkdtempSync(join(tmpdir(), 'aion-'));
  #proxy: Child | undefined;

  private constructor(name: SidecarName) {
    this.name = name;
  }

  /** `grpcUpstream` and `redisUpstream` are loopback ports in place of AION's hosts. */
  static async start(name: SidecarName, upstreams: { grpc?: number; redis?: number }): Promise<Sidecar> {
    const sidecar = new Sidecar(name);
    try {
      await sidecar.#start(upstreams);
      return sidecar;
    } catch (error) {
      await sidecar.stop();
      throw error;
    }
  }

  /** What the proxy wrote so far, newest 256 KiB. */
  get output(): string {
    return this.#proxy?.output ?? '';
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | string> {
    const code = (await this.#proxy?.stop()) ?? 0;
    rmSync(this.#directory, { recursive: true, force: true });
    return code;
  }

  async #start(upstreams: { grpc?: number; redis?: number }): Promise<void> {
    const facts = SIDECARS[this.name];
    const file = fileURLToPath(new URL(`configs/${this.name}.envoy.yaml`, import.meta.url));
    const ports = new Map<number, number>();
    if (facts.grpc[0] !== 0) {
      this.grpcPort = await freePort();
      ports.set(facts.grpc[0], this.grpcPort).set(facts.grpc[1], upstreams.grpc ?? 1);
    }
    if (facts.redis) {
      this.redisPort = await freePort();
      ports.set(REDIS_LISTENER, this.redisPort).set(REDIS_SERVER, upstreams.redis ?? 1);
    }
    if (facts.admin) {
      this.adminPort = await freePort();
      ports.set(ADMIN, this.adminPort);
    }
    const yaml = readFileSync(file, 'utf8')
      .replace(/(port_value: )(\d+)/g, (_, key: string, port: string) => {
        const replaced = ports.get(Number(port));
        if (replaced === undefined) throw new Error(`${file}: unknown port ${port}`);
        return `${key}${replaced}`;
      })
      .replace(/address: (redis|aion-statuskanban)$/gm, 'address: 127.0.0.1')
      .replace(/address: 0\.0\.0\.0$/gm, 'address: 127.0.0.1');
    const path = join(this.#directory, 'envoy.yaml');
    writeFileSync(path, realEnvoy === '' ? yaml : toV3(yaml));
    const args = facts.args.map((arg) => arg.replace('FILE', path));
    const command = realEnvoy === '' ? envoyletCommand() : [realEnvoy, '--disable-hot-restart'];
    const ready = facts.admin ? { adminPort: this.adminPort } : { listenerPort: this.redisPort };
    this.#proxy = await startProxy({ command, args, ...ready });
  }
}

function toV3(yaml: string): string {
  return yaml
    .replace(/envoy\.config\.filter\.network\.(\w+)\.v2\./g, 'envoy.extensions.filters.network.$1.v3.')
    .replace(
      /(name: (envoy\.filters\.http\.(\w+))\n\s+typed_config: )\{\}/g,
      (_, start: string, __: string, filter: string) => {
        const message = filter === 'router' ? 'Router' : 'Config';
        return `${start}{ "@type": type.googleapis.com/envoy.extensions.filters.http.${filter}.v3.${message} }`;
      },
    );
}
