/**
 * What a connection to a Redis host of a cluster says first: AUTH, by the cluster's RedisProtocolOptions. Role of ProtocolOptionsConfigImpl
 * (redis_proxy/config.h). As in Envoy what was asked for follows at once, whatever the answer will be.
 */
import { readDataSource } from '../config/data-source.ts';
import type { Cluster as ClusterMessage, DataSource, RedisProtocolOptions } from '../config/schema/types.ts';

/** What the options are filed under; the second is v2's. */
const NAMES = ['envoy.filters.network.redis_proxy', 'envoy.redis_proxy'];

export class RedisAuth {
  private readonly usual: Buffer | null;
  /** By a host's address, as Envoy prints it. */
  private readonly special: ReadonlyMap<string, Buffer | null>;

  /** Throws Envoy's sentence for a secret that cannot be read. */
  constructor(options: RedisProtocolOptions) {
    this.usual = request(options.authUsername, options.authPassword);
    const special = new Map<string, Buffer | null>();
    for (const c of options.credentials ?? []) {
      const at = c.address?.socketAddress;
      const ip = at?.address ?? '';
      const address =
        at === undefined ? (c.address?.pipe?.path ?? '') : `${ip.includes(':') ? `[${ip}]` : ip}:${at.portValue ?? 0}`;
      special.set(address, request(c.authUsername, c.authPassword));
    }
    this.special = special;
  }

  /** The bytes of the command; null for none. */
  of(address: string): Buffer | null {
    const special = this.special.get(address);
    return special === undefined ? this.usual : special;
  }
}

const made = new WeakMap<ClusterMessage, RedisAuth | null>();

/** Null where the cluster asks for nothing. Read once a cluster; throws as the constructor does. */
export function redisAuth(cluster: ClusterMessage): RedisAuth | null {
  let auth = made.get(cluster);
  if (auth === undefined) {
    const options = cluster.typedExtensionProtocolOptions;
    const name = NAMES.find((n) => options?.has(n));
    auth = name === undefined ? null : new RedisAuth(options?.get(name)?.value as RedisProtocolOptions);
    made.set(cluster, auth);
  }
  return auth;
}

/** A password alone is that of the default user. */
function request(username: DataSource | undefined, password: DataSource | undefined): Buffer | null {
  const words = [readDataSource(username), readDataSource(password)];
  if (words[0].length === 0) words.shift();
  if (words.every((w) => w.length === 0)) return null;
  const bytes: Buffer[] = [Buffer.from(`*${words.length + 1}\r\n$4\r\nauth\r\n`)];
  for (const w of words) bytes.push(Buffer.from(`$${w.length}\r\n`), w, Buffer.from('\r\n'));
  return Buffer.concat(bytes);
}
