/** What the main thread and its workers tell each other. */
import type { StatsBatch } from '../stats/workers.ts';
import type { ClusterReport } from '../upstream/cluster-report.ts';
import type { HostStats } from '../upstream/host.ts';
import type { EngineConfig } from './engine.ts';
import type { Update } from './update.ts';

/** Log settings every thread applies for itself. */
export interface WorkerLogSettings {
  readonly level: number;
  readonly components: readonly (readonly [name: string, level: number])[];
  readonly format: string;
  readonly escaped: boolean;
  readonly path: string;
}

export interface WorkerData {
  readonly index: number;
  readonly config: EngineConfig;
  readonly log: WorkerLogSettings;
  /** Event loops of the process. */
  readonly loops: number;
}

/** Numbers of one host in one worker; the key is `<cluster>|<address>`. */
export type HostNumbers = Record<string, HostStats>;

export type ToWorker =
  /** Bind; `ports` are the ports the main thread got, by listener name. */
  | { kind: 'listen'; ports: ReadonlyMap<string, number> }
  /** What the control plane tells every event loop. */
  | { kind: 'update'; update: Update }
  | { kind: 'hosts'; id: number }
  /** `logger` '': all of them. */
  | { kind: 'logLevel'; logger: string; level: number }
  /** Log files were rotated. */
  | { kind: 'reopenLogs' }
  /** The process ends: connections and sessions end, what they log is written, and the thread ends. */
  | { kind: 'stop' };

export type FromWorker =
  | { kind: 'stats'; batch: StatsBatch }
  /** Clusters and filter chains stand; hosts are told. */
  | { kind: 'ready' }
  | { kind: 'listening' }
  | { kind: 'failed'; message: string }
  /** Something seen of a host, for the control plane to decide about. */
  | { kind: 'report'; report: ClusterReport }
  | { kind: 'hosts'; id: number; hosts: HostNumbers };
