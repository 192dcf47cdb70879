/** A ServerView with facts a test can set, and the requests tests make of it. */
import { AdminHandler, type AdminOptions, type AdminResponse, adminRequest } from '../../src/admin/handler.ts';
import type {
  ConfigDumpView,
  DrainRequest,
  JsonObject,
  ListenerView,
  ServerView,
} from '../../src/admin/server-view.ts';
import { type PageBody, SlicedWork } from '../../src/admin/slices.ts';
import { Headers } from '../../src/codec/headers.ts';
import { HistogramFlusher } from '../../src/stats/flush.ts';
import { StatsReader } from '../../src/stats/reader.ts';
import type { ServerState } from '../../src/stats/server-stats.ts';
import { Store } from '../../src/stats/store.ts';
import type { Cluster } from '../../src/upstream/cluster.ts';

export class FakeServer implements ServerView {
  readonly store = new Store();
  readonly flusher = new HistogramFlusher();
  readonly stats = new StatsReader(this.store, this.flusher);
  state: ServerState = 'LIVE';
  startTimeMs = Date.now();
  version = '9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL';
  hotRestartVersion = '11.104';
  commandLineOptions: JsonObject = {};
  node: JsonObject = {};
  statsFlushOnAdmin = false;
  statsTags: { name: string; value: string }[] = [];
  clusters: Cluster[] = [];
  listeners: ListenerView[] = [];
  dump: ConfigDumpView = { bootstrap: { message: {}, lastUpdatedMs: 0 } };
  /** What was asked of the server, in order. */
  readonly asked: string[] = [];

  constructor() {
    this.flusher.add(this.store);
  }
  configDump(): ConfigDumpView {
    return this.dump;
  }
  flushStats(): void {
    this.asked.push('flush');
    this.flusher.flush();
  }
  shutdown(): void {
    this.asked.push('shutdown');
  }
  failHealthcheck(fail: boolean): void {
    this.asked.push(`healthcheck ${fail ? 'fail' : 'ok'}`);
    this.state = fail ? 'DRAINING' : 'LIVE';
  }
  drainListeners(how: DrainRequest): void {
    this.asked.push(`drain ${JSON.stringify(how)}`);
  }
  reopenLogs(): void {
    this.asked.push('reopen');
  }
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  authority?: string;
  body?: string;
}

export class Client {
  private readonly handler: AdminHandler;
  constructor(server: ServerView, options: AdminOptions = {}) {
    this.handler = new AdminHandler(server, options);
  }
  async call(path: string, call: Call = {}): Promise<AdminResponse & { text: string }> {
    const headers = new Headers();
    headers.method = call.method ?? 'GET';
    headers.path = path;
    headers.authority = call.authority ?? '127.0.0.1:10001';
    headers.scheme = 'http';
    for (const [name, value] of Object.entries(call.headers ?? {})) headers.add(name, value);
    const res = await this.handler.handle(adminRequest(headers, Buffer.from(call.body ?? '')));
    return { ...res, text: await wholeText(res.body) };
  }
  async get(path: string): Promise<string> {
    return (await this.call(path)).text;
  }
  post(path: string, call: Call = {}): Promise<AdminResponse & { text: string }> {
    return this.call(path, { method: 'POST', ...call });
  }
}

/** A body as the filter would send it. */
function wholeText(body: string | PageBody): Promise<string> {
  if (typeof body === 'string') return Promise.resolve(body);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    new SlicedWork(body, {
      data(chunk) {
        chunks.push(chunk);
        return true;
      },
      end: () => resolve(Buffer.concat(chunks).toString()),
      failed: reject,
    });
  });
}
