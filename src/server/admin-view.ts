/** What the admin pages see of the server and may ask of it. */
import type {
  ConfigDumpView,
  DrainRequest,
  JsonObject,
  ListenerView,
  RuntimeView,
  ServerView,
} from '../admin/server-view.ts';
import { fileSinks } from '../log/file-sink.ts';
import { reopenLog } from '../log/logger.ts';
import type { StatsReader } from '../stats/reader.ts';
import type { ServerState } from '../stats/server-stats.ts';
import type { Cluster } from '../upstream/cluster.ts';
import { BUILD_STRING, HOT_RESTART_VERSION, VERSION } from '../version.ts';
import { commandLineJson } from './command-line-json.ts';
import type { Server } from './server.ts';
import type { StatsSettings } from './stats-settings.ts';
import type { HostNumbers } from './worker-messages.ts';

export class AdminView implements ServerView {
  readonly version = BUILD_STRING;
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  get hotRestartVersion(): string {
    return this.server.options.disableHotRestart ? 'disabled' : HOT_RESTART_VERSION;
  }
  get startTimeMs(): number {
    return this.server.startTimeMs;
  }
  get state(): ServerState {
    return this.server.state;
  }
  get commandLineOptions(): JsonObject {
    return commandLineJson(this.server.options);
  }

  get node(): JsonObject {
    const n = this.server.bootstrap.node ?? {};
    const o = this.server.options;
    const [major, minor, patch] = VERSION.split('.').map(Number);
    return {
      id: o.serviceNode || (n.id ?? ''),
      cluster: o.serviceCluster || (n.cluster ?? ''),
      locality: {
        region: n.locality?.region ?? '',
        zone: o.serviceZone || (n.locality?.zone ?? ''),
        sub_zone: n.locality?.subZone ?? '',
      },
      user_agent_name: 'envoylet',
      user_agent_build_version: { version: { major_number: major, minor_number: minor, patch } },
    };
  }

  get stats(): StatsReader {
    return this.server.reader;
  }
  get runtime(): RuntimeView | null {
    return this.server.runtime;
  }
  get statsFlushOnAdmin(): boolean {
    return this.server.bootstrap.statsFlushOnAdmin ?? false;
  }
  get statsTags(): { name: string; value: string }[] {
    return this.server.statsTags;
  }
  get statsSettings(): StatsSettings | null {
    return this.server.statsSettings;
  }
  get clusters(): Iterable<Cluster> {
    return this.server.engine.clusters.clusters.values();
  }
  get listeners(): readonly ListenerView[] {
    return this.server.engine.listeners.map((l) => ({
      name: l.name,
      localAddresses: [l.boundAddress, ...(l.more?.addresses ?? [])],
    }));
  }

  /** The conversion is loaded with the first dump. */
  async configDump(): Promise<ConfigDumpView> {
    const { toProtoJson } = await import('../config/load.ts');
    const message = toProtoJson('envoy.config.bootstrap.v3.Bootstrap', this.server.bootstrap, true);
    const loaded = await this.server.engine.loadedSecrets;
    const secrets = loaded?.files.map(({ entry, versionInfo, updatedMs }) => ({
      name: entry.name,
      versionInfo,
      lastUpdatedMs: updatedMs || this.server.startTimeMs,
      message:
        entry.current === null
          ? null
          : toProtoJson('envoy.extensions.transport_sockets.tls.v3.Secret', entry.current, true),
    }));
    const bootstrap = { message, lastUpdatedMs: this.server.startTimeMs };
    return { bootstrap, ...(secrets && { secrets }) };
  }

  logLevelChanged(name: string, level: number): void {
    this.server.workers?.broadcast({ kind: 'logLevel', logger: name, level });
  }

  /** Null with one event loop: the hosts' own numbers are all there is. */
  gatherHosts(): Promise<HostNumbers> | null {
    return this.server.workers?.hosts() ?? null;
  }

  flushStats(): void {
    this.server.flushStats();
  }

  shutdown(): void {
    // The answer goes out at the end of this turn.
    setImmediate(() => setImmediate(() => this.server.onQuit()));
  }

  failHealthcheck(fail: boolean): void {
    this.server.failHealthcheck(fail);
  }

  drainListeners(how: DrainRequest): void {
    this.server.drainListeners(how);
  }

  reopenLogs(): void {
    fileSinks.reopen();
    reopenLog();
    this.server.workers?.broadcast({ kind: 'reopenLogs' });
  }
}
