/**
 * The one table of admin pages, sorted by path. A new page is a file in pages/ and a row here: help, the home page and
 * the 405 rule follow from it. Paths, methods and one-line texts are Envoy 1.40's, because scripts read /help.
 */
import type { PageModule } from './handler.ts';

export interface Param {
  readonly name: string;
  readonly description: string;
  /** Shown as a menu on the home page; without it a flag or a text. */
  readonly choices?: readonly string[];
  readonly kind?: 'flag' | 'text';
}

export interface Endpoint {
  readonly path: string;
  readonly description: string;
  /** Changes the server: POST only. */
  readonly mutates: boolean;
  readonly params?: readonly Param[];
  readonly load: () => Promise<PageModule>;
}

const read = (path: string, description: string, load: Endpoint['load'], params: readonly Param[] = []): Endpoint => ({
  path,
  description,
  mutates: false,
  params,
  load,
});
const post = (path: string, description: string, load: Endpoint['load'], params: readonly Param[] = []): Endpoint => ({
  path,
  description,
  mutates: true,
  params,
  load,
});
const flag = (name: string, description: string): Param => ({ name, description, kind: 'flag' });
const textual = (name: string, description: string): Param => ({ name, description, kind: 'text' });
const choice = (name: string, description: string, choices: readonly string[]): Param => ({
  name,
  description,
  choices,
});

const commands = () => import('./pages/commands.ts');
const profilers = () => import('./pages/profilers.ts');
const lookups = () => import('./pages/recent-lookups.ts');
const stats = () => import('./pages/stats.ts');
const LEVEL_CHOICES = ['', 'trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
const ENABLE = choice('enable', 'y starts it, n stops it', ['y', 'n']);
const USED_ONLY = flag('usedonly', 'leave out what was never touched');
const FILTER = textual('filter', 'RE2 regex that must match somewhere in the name');
const INVERT = flag('invert_filter', 'show what the filter does not match');

export const ENDPOINTS: readonly Endpoint[] = [
  read('/', 'Admin home page', () => import('./pages/home.ts')),
  post('/allocprofiler', 'enable/disable the allocation profiler (if supported)', profilers, [ENABLE]),
  read('/certs', 'print certs on machine', () => import('./pages/certs.ts')),
  read('/clusters', 'upstream cluster status', () => import('./pages/clusters.ts'), [
    textual('filter', 'RE2 regex that must match somewhere in the cluster name'),
  ]),
  read('/config_dump', 'dump current Envoy configs', () => import('./pages/config-dump.ts'), [
    textual('resource', 'only the items of this list, such as static_clusters'),
    textual('mask', 'comma-separated field paths to keep; with resource they apply to each of its items'),
    textual('name_regex', 'RE2 regex that must match the whole name of a resource'),
    flag('include_eds', 'also the endpoints of every cluster'),
  ]),
  read('/contention', 'dump current Envoy mutex contention stats (if enabled)', () => import('./pages/contention.ts')),
  post('/cpuprofiler', 'enable/disable the CPU profiler', profilers, [ENABLE]),
  post('/drain_listeners', 'drain listeners', commands, [
    flag('graceful', 'tell clients first and stop listening when the drain time is over'),
    flag('skip_exit', 'with graceful: drain connections, but keep listening'),
    flag('inboundonly', 'only listeners with traffic_direction INBOUND'),
  ]),
  post('/healthcheck/fail', 'cause the server to fail health checks', commands),
  post('/healthcheck/ok', 'cause the server to pass health checks', commands),
  read('/heap_dump', 'dump current Envoy heap (if supported)', profilers),
  post('/heapprofiler', 'enable/disable the heap profiler', profilers, [ENABLE]),
  read('/help', 'print out list of admin commands', () => import('./pages/help.ts')),
  read('/hot_restart_version', 'print the hot restart compatibility version', () => import('./pages/hot-restart.ts')),
  read(
    '/init_dump',
    'dump current Envoy init manager information (experimental)',
    () => import('./pages/init-dump.ts'),
    [textual('mask', 'field path to keep')],
  ),
  read('/listeners', 'print listener info', () => import('./pages/listeners.ts'), [
    choice('format', 'how to print', ['text', 'json']),
  ]),
  post('/logging', 'query/change logging levels', () => import('./pages/logging.ts'), [
    textual('paths', 'several loggers at once: name:level,name:level'),
    textual('group', 'needs fine-grain logging, which is not built in'),
    choice('level', 'for all loggers', LEVEL_CHOICES),
  ]),
  read('/memory', 'print current allocation/heap usage', () => import('./pages/memory.ts')),
  read('/memory/tcmalloc', 'print TCMalloc stats', profilers),
  read('/peak_heap_dump', 'dump peak Envoy heap (if supported)', profilers),
  post('/quitquitquit', 'exit the server', commands),
  read('/ready', 'print server state, return 200 if LIVE, otherwise return 503', () => import('./pages/ready.ts')),
  post('/reopen_logs', 'reopen access logs', commands),
  post('/reset_counters', 'reset all counters to zero', commands),
  read('/runtime', 'print runtime values', () => import('./pages/runtime.ts')),
  post('/runtime_modify', 'add or change runtime values', () => import('./pages/runtime.ts')),
  read('/server_info', 'print server version/status information', () => import('./pages/server-info.ts')),
  read('/stats', 'print server stats', stats, [
    USED_ONLY,
    FILTER,
    INVERT,
    choice('format', 'how to print', ['text', 'json', 'prometheus']),
    choice('type', 'which kind', ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts']),
    choice('histogram_buckets', 'how to print histograms', ['cumulative', 'disjoint', 'detailed', 'summary']),
  ]),
  read('/stats/prometheus', 'print server stats in prometheus format', stats, [
    USED_ONLY,
    flag('text_readouts', 'text readouts too, as gauges with value 0'),
    FILTER,
    INVERT,
    choice('histogram_buckets', 'how to print histograms', ['cumulative', 'summary']),
  ]),
  read('/stats/recentlookups', 'Show recent stat-name lookups', lookups),
  post('/stats/recentlookups/clear', 'clear list of stat-name lookups and counter', lookups),
  post('/stats/recentlookups/disable', 'disable recording of reset stat-name lookup names', lookups),
  post('/stats/recentlookups/enable', 'enable recording of reset stat-name lookup names', lookups),
];
