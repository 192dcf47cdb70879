/**
 * Names to addresses, the way Envoy's c-ares does it: the hosts file first, then DNS with the search list and ndots of
 * resolv.conf (source/common/network/dns_impl.cc, 1.16). Why not getaddrinfo: docs/decisions/0003-dns.md.
 */
import type { Resolver as NodeResolver, RecordWithTtl } from 'node:dns';
import { logger } from '../../log/logger.ts';
import { isIP } from '../../platform/ip.ts';
import type { DnsSettings } from './dns-servers.ts';
import type { DnsStats } from './dns-stats.ts';
import { HostsFile } from './hosts-file.ts';
import { ResolvConf } from './resolv-conf.ts';

/** Cluster.DnsLookupFamily. AUTO: AAAA, and A only when there is no AAAA. */
export type LookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';

/**
 * Addresses in the order of the answer; none: the name does not exist or has no address, which DNS has answered (Envoy takes it for a
 * success); null: no answer could be had. `ttlMs`: the shortest time to live of the records; 0 or absent where there is none (hosts
 * file, literals).
 */
export type LookupDone = (addresses: readonly string[] | null, ttlMs?: number) => void;

/** What discovery needs. `done` is called once, perhaps before `resolve` returns. */
export interface DnsResolver {
  resolve(name: string, family: LookupFamily, done: LookupDone): void;
  /** Every `done` still owed is dropped. */
  close(): void;
}

/** Lookups on the wire at a time; the rest waits in line, so a thousand clusters do not mean a thousand queries at once. */
export const MAX_LOOKUPS_IN_FLIGHT = 32;

const NONE: readonly string[] = [];
const WITH_TTL = { ttl: true } as const;

const log = logger('dns');

/** A family's answer; `timeouts`: queries without one, where that is why `addresses` is null. */
type Answered = (addresses: readonly string[] | null, ttlMs: number, timeouts: number) => void;

/** One family of one name, shared by all who asked for it while it ran. */
class Lookup {
  readonly name: string;
  readonly v6: boolean;
  readonly waiting: Answered[] = [];
  candidates: readonly string[] = [];
  next = 0;

  constructor(name: string, v6: boolean) {
    this.name = name;
    this.v6 = v6;
  }
}

export class SystemDnsResolver implements DnsResolver {
  private readonly hosts: HostsFile;
  private readonly conf: ResolvConf;
  private readonly running = new Map<string, Lookup>();
  private readonly line: Lookup[] = [];
  private inFlight = 0;
  private channel: NodeResolver | null = null;
  private channelVersion = -1;
  private closed = false;

  private readonly stats: DnsStats | null;
  private readonly settings: DnsSettings;

  constructor(
    stats: DnsStats | null = null,
    settings: DnsSettings = {},
    hosts = new HostsFile(),
    conf = new ResolvConf(),
  ) {
    this.settings = settings;
    this.stats = stats;
    this.hosts = hosts;
    this.conf = conf;
  }

  resolve(name: string, family: LookupFamily, done: LookupDone): void {
    switch (family) {
      case 'V4_ONLY':
        this.counted(name, false, done);
        break;
      case 'V6_ONLY':
        this.counted(name, true, done);
        break;
      case 'ALL':
        this.both(name, done);
        break;
      default: {
        const v6First = family !== 'V4_PREFERRED';
        this.counted(name, v6First, (addresses, ttlMs) => {
          if (addresses !== null && addresses.length > 0) done(addresses, ttlMs);
          else this.counted(name, !v6First, done);
        });
      }
    }
  }

  close(): void {
    this.closed = true;
    this.running.clear();
    this.line.length = 0;
    if (this.channel !== null) this.channel.cancel();
  }

  private counted(name: string, v6: boolean, done: LookupDone): void {
    this.stats?.started();
    this.one(name, v6, (addresses, ttlMs, timeouts) => {
      this.stats?.ended(addresses, timeouts);
      done(addresses, ttlMs);
    });
  }

  /** IPv4 first, as real Envoy 1.40 lists them. For c-ares it is one lookup. */
  private both(name: string, done: LookupDone): void {
    this.stats?.started();
    this.one(name, false, (v4, ttl4, timeouts4) => {
      this.one(name, true, (v6, ttl6, timeouts6) => {
        const found = [...(v4 ?? NONE), ...(v6 ?? NONE)];
        const addresses = found.length > 0 ? found : v4 === null ? null : v6;
        this.stats?.ended(addresses, timeouts4 + timeouts6);
        done(addresses, v4?.length ? (v6?.length ? Math.min(ttl4, ttl6) : ttl4) : ttl6);
      });
    });
  }

  private one(name: string, v6: boolean, done: Answered): void {
    if (this.closed) return;
    if (this.settings.onlyRoutable === true && !isRoutable(v6)) {
      done(NONE, 0, 0);
      return;
    }
    const literal = isIP(name);
    const known = literal === 0 ? this.hosts.find(name, v6) : (literal === 6) === v6 ? [name] : null;
    if (literal !== 0 || known !== null) {
      done(known ?? NONE, 0, 0);
      return;
    }
    const key = v6 ? `6${name}` : `4${name}`;
    let lookup = this.running.get(key);
    if (lookup === undefined) {
      lookup = new Lookup(name, v6);
      this.running.set(key, lookup);
      this.line.push(lookup);
    }
    lookup.waiting.push(done);
    this.pump();
  }

  private pump(): void {
    while (this.inFlight < MAX_LOOKUPS_IN_FLIGHT) {
      const lookup = this.line.shift();
      if (lookup === undefined) return;
      this.inFlight++;
      lookup.candidates = this.settings.noSearch === true ? [lookup.name] : this.conf.candidates(lookup.name);
      this.query(lookup);
    }
  }

  private query(lookup: Lookup): void {
    const name = lookup.candidates[lookup.next++];
    const answered = (error: NodeJS.ErrnoException | null, records: RecordWithTtl[]): void => {
      if (error === null && records.length > 0) this.finish(lookup, records, NONE, 0);
      else this.failed(lookup, error?.code ?? 'ENODATA');
    };
    try {
      if (lookup.v6) this.resolver().resolve6(name, WITH_TTL, answered);
      else this.resolver().resolve4(name, WITH_TTL, answered);
    } catch {
      // A name c-ares cannot even encode.
      this.failed(lookup, 'EBADNAME');
    }
  }

  private failed(lookup: Lookup, code: string): void {
    if (lookup.next < lookup.candidates.length && GOES_ON.has(code) && !this.closed) {
      this.query(lookup);
      return;
    }
    if (log.debugOn) log.debug(`dns resolution for ${lookup.name} (${lookup.v6 ? 'AAAA' : 'A'}) failed with ${code}`);
    let timeouts = 0;
    // Node does not say how often: every server was asked as often as it may be.
    if (code === 'ETIMEOUT') timeouts = this.tries * Math.max(1, this.channel?.getServers().length ?? 1);
    this.finish(lookup, null, NO_ADDRESS.has(code) ? NONE : null, timeouts);
  }

  private finish(
    lookup: Lookup,
    records: readonly RecordWithTtl[] | null,
    otherwise: readonly string[] | null,
    timeouts: number,
  ): void {
    if (this.closed) return;
    this.inFlight--;
    this.running.delete((lookup.v6 ? '6' : '4') + lookup.name);
    const addresses = records?.map((r) => r.address) ?? otherwise;
    const ttlMs = records === null ? 0 : Math.min(...records.map((r) => r.ttl)) * 1000;
    for (const done of lookup.waiting) done(addresses, ttlMs, timeouts);
    this.pump();
  }

  private get tries(): number {
    return this.settings.tries ?? this.conf.attempts;
  }

  /** c-ares reads its servers once; a laptop that changes its network needs a new channel. */
  private resolver(): NodeResolver {
    const version = this.conf.refresh();
    if (this.channel === null || version !== this.channelVersion) {
      // Loaded here: a configuration of IP addresses never needs it.
      const { Resolver } = process.getBuiltinModule('node:dns');
      const { servers, serversAreFallback = false, timeoutMs = this.conf.timeoutMs } = this.settings;
      const channel = new Resolver({ timeout: timeoutMs, tries: this.tries });
      if (servers !== undefined && (!serversAreFallback || hasNoServers(channel))) channel.setServers(servers);
      this.channel = channel;
      this.channelVersion = version;
    }
    return this.channel;
  }
}

/** With these answers the next name of the search list is tried, as in ares_search; a timeout ends it. */
const GOES_ON: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EBADNAME']);

/** The server has said that there is nothing: no such name, no such record. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/** c-ares has found none and takes this machine for one. */
function hasNoServers(channel: NodeResolver): boolean {
  return channel.getServers().join() === '127.0.0.1';
}

/** An interface that is not loopback has an address of the family; true also where there is no way to know. */
function isRoutable(v6: boolean): boolean {
  const family = v6 ? 'IPv6' : 'IPv4';
  try {
    const all = Object.values(process.getBuiltinModule('node:os').networkInterfaces()).flat();
    return all.length === 0 || all.some((a) => a !== undefined && a.family === family && !a.internal);
  } catch {
    return true;
  }
}
