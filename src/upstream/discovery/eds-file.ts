/**
 * EDS from a file: a DiscoveryResponse with the cluster's ClusterLoadAssignment, read again when the file, or its folder, is replaced. What is
 * wrong with a new one is said and counted, and the hosts stay. Mirrors EdsClusterImpl (source/extensions/clusters/eds/eds.cc) over
 * source/extensions/config_subscription/filesystem/filesystem_subscription_impl.cc.
 */
import { ConfigError } from '../../config/problem.ts';
import { refuse } from '../../config/refusal.ts';
import { ResponseFile } from '../../config/response-file.ts';
import type { ClusterLoadAssignment, Cluster as ClusterMessage, DiscoveryResponse } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import { Assignment } from './assignment.ts';
import type { ClusterType, Discovery, HostSink } from './discovery.ts';

const log = logger('config');
const upstream = logger('upstream');

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment';

/** An assignment that is not taken. */
class Rejected extends Error {}

class EdsFile implements Discovery {
  private readonly sink: HostSink;
  /** Of the assignment. */
  private readonly name: string;
  private readonly file: ResponseFile;
  private readonly assignment = new Assignment();
  private readonly stale: Timer;
  private readonly rejected: Counter;
  private readonly updated: Gauge;
  private onReady: (() => void) | null = null;
  private stopped = false;

  /** Throws where there is nothing to read or to watch. */
  constructor(config: ClusterMessage, sink: HostSink) {
    const { edsConfig = {}, serviceName = '' } = config.edsClusterConfig ?? {};
    this.sink = sink;
    this.name = serviceName === '' ? (config.name ?? '') : serviceName;
    this.stale = new Timer(() => this.onStale());
    const { scope } = sink.stats;
    this.rejected = scope.counter('update_rejected');
    this.updated = scope.gauge('update_time');
    // A file has no first answer to wait for.
    scope.counter('init_fetch_timeout');
    // Nor does Envoy take the time of what a file brings.
    scope.histogram('update_duration', 'ms');
    this.file = new ResponseFile(edsConfig, this.read);
  }

  start(onReady: () => void): void {
    this.onReady = onReady;
    this.file.enqueue(this.read);
  }

  stop(): void {
    this.stopped = true;
    this.file.close();
    this.stale.cancel();
  }

  private readonly read = async (): Promise<void> => {
    if (this.stopped) return;
    const { stats } = this.sink;
    stats.updateAttempt.inc();
    try {
      const response = await this.file.read();
      if (this.stopped) return;
      this.take(response);
      stats.updateSuccess.inc();
      this.updated.set(Date.now());
    } catch (error) {
      const rejected = error instanceof Rejected;
      (rejected ? this.rejected : stats.updateFailure).inc();
      log.warn(`Filesystem config update ${rejected ? 'rejected' : 'failure'}: ${reasonOf(error)}`);
    }
    this.ready();
  };

  private take(response: DiscoveryResponse): void {
    const resources = response.resources ?? [];
    if (resources.length === 0) {
      if (upstream.debugOn) upstream.debug(`Missing ClusterLoadAssignment for ${this.name} in onConfigUpdate()`);
      this.sink.stats.updateEmpty.inc();
      return;
    }
    if (resources.length > 1) throw new Rejected(`Unexpected EDS resource length: ${resources.length}`);
    const [{ typeUrl, value }] = resources;
    if (typeUrl !== ASSIGNMENT) throw new Rejected(`Unable to unpack as ${ASSIGNMENT}: ${typeUrl}`);
    const message = value as ClusterLoadAssignment;
    const { clusterName = '' } = message;
    if (clusterName !== this.name) {
      throw new Rejected(`Unexpected EDS cluster (expecting ${this.name}): ${clusterName}`);
    }
    this.apply(message);
    const staleMs = message.policy?.endpointStaleAfter ?? 0;
    this.stale.cancel();
    if (staleMs > 0) {
      this.sink.stats.scope.counter('assignment_timeout_received').inc();
      this.stale.arm(staleMs);
    }
  }

  private apply(message: ClusterLoadAssignment): void {
    let batch: ReturnType<Assignment['take']>;
    try {
      batch = this.assignment.take(message);
    } catch (error) {
      throw new Rejected(reasonOf(error));
    }
    this.sink.stats.maxHostWeight.set(this.assignment.maxWeight);
    if (batch === null) this.sink.stats.updateNoRebuild.inc();
    else this.sink.update(batch);
  }

  /** Nothing has been heard for as long as the last assignment was good for. */
  private onStale(): void {
    this.apply({ clusterName: this.name });
    this.sink.stats.scope.counter('assignment_stale').inc();
  }

  private ready(): void {
    const { onReady } = this;
    this.onReady = null;
    if (onReady !== null && !this.stopped) onReady();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ConfigError)) return error instanceof Error ? error.message : String(error);
  const [p] = error.problems;
  return p.line > 0 ? `${p.file}:${p.line}:${p.column}: ${p.message}` : `${p.file}: ${p.message}`;
}

export function create(): ClusterType {
  return {
    discover: (config, sink, { nameless }) => {
      if (nameless) {
        const message = `type.googleapis.com/${ASSIGNMENT}: node 'id' and 'cluster' are required. Set it either in 'node' config or via --service-node and --service-cluster options.`;
        refuse(config.edsClusterConfig ?? config, 'eds_config', message);
      }
      return new EdsFile(config, sink);
    },
  };
}
