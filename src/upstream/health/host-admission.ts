/**
 * What health checks change about the hosts that discovery finds: a new one is unhealthy until it was checked, and one that is gone stays as
 * long as it passes its checks, unless `ignore_health_on_host_removal` is set. One that is to be checked elsewhere is another host. Mirrors BaseDynamicClusterImpl::updateDynamicHostList
 * (source/common/upstream/upstream_impl.cc).
 */
import type { DnsCluster } from '../../config/schema/types.ts';
import type { Cluster } from '../cluster.ts';
import type { Endpoint, LocalityEndpoints, PriorityUpdate } from '../endpoint.ts';
import { checkAddress, type Host } from '../host.ts';
import { FAILED_ACTIVE_HC, FAILED_EDS_HEALTH, PENDING_ACTIVE_HC, PENDING_DYNAMIC_REMOVAL } from './health-flags.ts';

/** Cluster types whose hosts come and go one by one. */
const DYNAMIC: ReadonlySet<string> = new Set(['STRICT_DNS', 'EDS']);

export class HostAdmission {
  private readonly cluster: Cluster;
  private readonly keepsHealthy: boolean;
  private readonly newFlags: number;
  /** Ids under which discovery knows hosts that had been kept when it found them again → their own. */
  private readonly aliases = new Map<number, number>();
  /** Of a host that takes the place of one with the same address; discovery counts upwards from 0. */
  private nextId = -1;

  constructor(cluster: Cluster) {
    const { config, type } = cluster.info;
    const dns = config.clusterType?.typedConfig?.value as DnsCluster | undefined;
    const dynamic = DYNAMIC.has(type) || (type === 'envoy.clusters.dns' && dns?.allAddressesInSingleEndpoint !== true);
    this.cluster = cluster;
    this.keepsHealthy = dynamic && config.ignoreHealthOnHostRemoval !== true;
    const waits = dynamic && config.commonLbConfig?.ignoreNewHostsUntilFirstHc === true;
    this.newFlags = FAILED_ACTIVE_HC | (waits ? PENDING_ACTIVE_HC : 0);
  }

  /** What the cluster is to be told. */
  admit(found: readonly PriorityUpdate[]): PriorityUpdate[] {
    const hosts = new Map<number, Host>();
    const kept = new Map<string, Host>();
    for (const h of this.cluster.hosts) {
      hosts.set(h.id, h);
      if ((h.health & PENDING_DYNAMIC_REMOVAL) !== 0) kept.set(h.address.text, h);
    }
    const seen = new Set<number>();
    const replaced = new Set<number>();
    const batch = found.map(({ localities, ...rest }) => ({
      ...rest,
      localities: localities.map((l) => ({
        ...l,
        endpoints: l.endpoints.map((e) => {
          const admitted = this.endpoint(e, hosts, kept, replaced);
          seen.add(admitted.id);
          return admitted;
        }),
      })),
    }));
    for (const [alias, id] of this.aliases) if (!hosts.has(id) && !seen.has(id)) this.aliases.delete(alias);
    for (const id of replaced) seen.add(id);
    if (this.keepsHealthy) for (const update of batch) this.keep(update, seen);
    return batch;
  }

  /** `replaced`: gets who gives way at once, however well. */
  private endpoint(
    e: Endpoint,
    hosts: ReadonlyMap<number, Host>,
    kept: ReadonlyMap<string, Host>,
    replaced: Set<number>,
  ): Endpoint {
    const id = this.aliases.get(e.id) ?? e.id;
    const host = hosts.get(id) ?? kept.get(e.address.text);
    const flags = isUnchecked(e.check) ? 0 : this.newFlags;
    if (host === undefined) return { ...e, id, health: e.health | flags };
    if ((host.health & PENDING_DYNAMIC_REMOVAL) !== 0) host.setHealth(host.health & ~PENDING_DYNAMIC_REMOVAL);
    if (host.check !== e.check && this.isCheckedOtherwise(e, host, replaced)) {
      const own = this.nextId--;
      this.aliases.set(e.id, own);
      return { ...e, id: own, health: e.health | flags };
    }
    if (host.id === e.id) return e;
    this.aliases.set(e.id, host.id);
    return { ...e, id: host.id };
  }

  private isCheckedOtherwise({ address, check }: Endpoint, host: Host, replaced: Set<number>): boolean {
    if (isUnchecked(host.check) !== isUnchecked(check)) {
      replaced.add(host.id);
      return true;
    }
    return checkAddress(host.address, host.check).text !== checkAddress(address, check).text;
  }

  /** Those of the priority that are gone but healthy. */
  private keep(update: PriorityUpdate, seen: ReadonlySet<number>): void {
    const set = this.cluster.priorities[update.priority];
    if (set === undefined) return;
    for (const host of set.hosts) {
      if (seen.has(host.id) || (host.health & (FAILED_ACTIVE_HC | FAILED_EDS_HEALTH)) !== 0) continue;
      if (isUnchecked(host.check)) continue;
      host.setHealth(host.health | PENDING_DYNAMIC_REMOVAL);
      addTo(update.localities as LocalityEndpoints[], host);
    }
  }

  /** All hosts there are but those that were kept and have failed since. */
  withoutFailed(): PriorityUpdate[] {
    const gone = PENDING_DYNAMIC_REMOVAL | FAILED_ACTIVE_HC;
    const failed = new Set(this.cluster.hosts.filter((h) => (h.health & gone) === gone).map((h) => h.id));
    return this.cluster.snapshot().map(({ localities, ...rest }) => ({
      ...rest,
      localities: localities.map((l) => ({ ...l, endpoints: l.endpoints.filter((e) => !failed.has(e.id)) })),
    }));
  }
}

function isUnchecked(check: Endpoint['check']): boolean {
  return check?.disableActiveHealthCheck === true;
}

function addTo(localities: LocalityEndpoints[], host: Host): void {
  const { id, address, hostname, weight, health, metadata, check, locality } = host;
  const endpoint: Endpoint = { id, address, hostname, weight, health, metadata, check };
  const { region, zone, subZone } = locality;
  const place = localities.find(({ locality: l }) => l.region === region && l.zone === zone && l.subZone === subZone);
  if (place !== undefined) (place.endpoints as Endpoint[]).push(endpoint);
  else localities.push({ locality, weight: 0, endpoints: [endpoint] });
}
