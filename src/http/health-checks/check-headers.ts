/**
 * Headers that the config adds to a check's request, or takes out. Values may have commands; of a client there is nothing to say.
 */
import type { Headers } from '../../codec/headers.ts';
import type { Protocol } from '../../codec/http.ts';
import type { FormatInfo, Try } from '../../format/format-context.ts';
import { turnMs } from '../../platform/clock.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import {
  compileMutations,
  type FormatCompiler,
  type HeaderLevel,
  type HeaderMutations,
} from '../headers/header-mutations.ts';

export function checkMutations(config: HeaderLevel, formats: FormatCompiler | null): HeaderMutations | null {
  return compileMutations('request', null, [config], false, formats);
}

/** A check, as formats see it. */
export class CheckInfo implements FormatInfo {
  readonly protocol: Protocol;
  readonly startMs = turnMs();
  readonly requestEndMs = -1;
  readonly connection = null;
  readonly flags = 0;
  readonly flagNames = '';
  readonly longFlagNames = '';
  readonly details = '';
  readonly responseCode = 0;
  readonly route = null;
  readonly cluster: ClusterInfo;
  readonly upstream: Try;
  readonly upstreamHost: Host;
  readonly tries = null;
  readonly attempts = 1;
  readonly virtualClusterName = '';
  readonly transportFailure = '';
  readonly bytesReceived = 0;
  readonly bytesSent = 0;
  readonly timings = null;
  readonly meters = null;

  constructor(host: Host, protocol: Protocol) {
    this.protocol = protocol;
    this.cluster = host.cluster;
    this.upstreamHost = host;
    this.upstream = { host, connection: null, protocol };
  }
  dynamicMetadata(): undefined {
    return undefined;
  }
  filterState(): undefined {
    return undefined;
  }
}

export function addTo(head: Headers, mutations: HeaderMutations | null, host: Host, protocol: Protocol): void {
  mutations?.apply(head, new CheckInfo(host, protocol), head, null);
}

/** The `host` of a check: what the endpoint says, what the check says, or the cluster's name (HealthCheckerFactory::getHostname). */
export function checkHostname(host: Host, configured: string): string {
  const own = host.check?.hostname ?? '';
  return own !== '' ? own : configured !== '' ? configured : host.cluster.name;
}
