/**
 * The one table of admin pages, sorted by path. A new page is a file in pages/ and a row here: help, the home page and
 * the 405 rule follow from it. Paths, methods, parameters and their texts are Envoy 1.40's, its
 * spelling included, because scripts read /help.
 */
import { hasAdminTaps } from '../http/filters/tap/configs.ts';
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
  /** There is such a page only while this says so; absent: always. */
  readonly present?: () => boolean;
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
const enable = (description: string): Param => choice('enable', description, ['y', 'n']);
const USED_ONLY = flag('usedonly', 'Only include stats that have been written by system since restart');
const FILTER = textual('filter', 'Regular expression (Google re2) for filtering stats');
const INVERT = flag('invert_filter', 'Invert the filter regex');

const ALL: readonly Endpoint[] = [
  read('/', 'Admin home page', () => import('./pages/home.ts')),
  post('/allocprofiler', 'enable/disable the allocation profiler (if supported)', profilers, [
    enable('enable/disable the allocation profiler'),
  ]),
  read('/certs', 'print certs on machine', () => import('./pages/certs.ts')),
  read('/clusters', 'upstream cluster status', () => import('./pages/clusters.ts'), [
    textual('filter', 'Regular expression (Google re2) for filtering clusters by name'),
  ]),
  read('/config_dump', 'dump current Envoy configs', () => import('./pages/config-dump.ts'), [
    textual('resource', 'The resource to dump'),
    textual(
      'mask',
      'The mask to apply. When both resource and mask are specified, the mask is applied to every element in the desired repeated field so that only a subset of fields are returned. The mask is parsed as a Protobuf::FieldMask',
    ),
    textual(
      'name_regex',
      'Dump only the currently loaded configurations whose names match the specified regex. Can be used with both resource and mask query parameters.',
    ),
    flag(
      'include_eds',
      'Dump currently loaded configuration including EDS. See the response definition for more information',
    ),
  ]),
  read('/contention', 'dump current Envoy mutex contention stats (if enabled)', () => import('./pages/contention.ts')),
  post('/cpuprofiler', 'enable/disable the CPU profiler', profilers, [enable('enables the CPU profiler')]),
  post('/drain_listeners', 'drain listeners', commands, [
    flag(
      'graceful',
      'When draining listeners, enter a graceful drain period prior to closing listeners. This behaviour and duration is configurable via server options or CLI',
    ),
    flag(
      'skip_exit',
      'When draining listeners, drain the connections but never stop the listeners. The graceful parameter has no effect when this is set, since the drain period only delays stopping the listeners',
    ),
    flag(
      'inboundonly',
      'Drains all inbound listeners. traffic_direction field in envoy_v3_api_msg_config.listener.v3.Listener is used to determine whether a listener is inbound or outbound.',
    ),
  ]),
  post('/healthcheck/fail', 'cause the server to fail health checks', commands),
  post('/healthcheck/ok', 'cause the server to pass health checks', commands),
  read('/heap_dump', 'dump current Envoy heap (if supported)', profilers),
  post('/heapprofiler', 'enable/disable the heap profiler', profilers, [enable('enable/disable the heap profiler')]),
  read('/help', 'print out list of admin commands', () => import('./pages/help.ts')),
  read('/hot_restart_version', 'print the hot restart compatibility version', () => import('./pages/hot-restart.ts')),
  read(
    '/init_dump',
    'dump current Envoy init manager information (experimental)',
    () => import('./pages/init-dump.ts'),
    [
      textual(
        'mask',
        'The desired component to dump unready targets. The mask is parsed as a Protobuf::FieldMask. For example, get the unready targets of all listeners with /init_dump?mask=listener`',
      ),
    ],
  ),
  read('/listeners', 'print listener info', () => import('./pages/listeners.ts'), [
    choice('format', 'File format to use', ['text', 'json']),
  ]),
  post('/logging', 'query/change logging levels', () => import('./pages/logging.ts'), [
    textual(
      'paths',
      'Change multiple logging levels by setting to <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>. If fine grain logging is enabled, use __FILE__ or a glob experision as the logger name. For example, source/common*:warning',
    ),
    textual(
      'group',
      'Change given logger group to desired level, set to <logger_group_name>:<desired_level>. logger_group_name must be a logger name.',
    ),
    choice('level', "desired logging level, this will change all loggers's level", LEVEL_CHOICES),
  ]),
  read('/memory', 'print current allocation/heap usage', () => import('./pages/memory.ts')),
  read('/memory/tcmalloc', 'print TCMalloc stats', profilers),
  read('/peak_heap_dump', 'dump peak Envoy heap (if supported)', profilers),
  post('/quitquitquit', 'exit the server', commands),
  read('/ready', 'print server state, return 200 if LIVE, otherwise return 503', () => import('./pages/ready.ts')),
  post('/reopen_logs', 'reopen access logs', commands),
  post('/reset_counters', 'reset all counters to zero', commands),
  read('/runtime', 'print runtime values', () => import('./pages/runtime.ts')),
  post(
    '/runtime_modify',
    'Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...',
    () => import('./pages/runtime.ts'),
  ),
  read('/server_info', 'print server version/status information', () => import('./pages/server-info.ts')),
  read('/stats', 'print server stats', stats, [
    USED_ONLY,
    FILTER,
    INVERT,
    choice('format', 'Format to use', ['text', 'json', 'prometheus']),
    choice('type', 'Stat types to include.', ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts']),
    choice('histogram_buckets', 'Histogram bucket display mode', ['cumulative', 'disjoint', 'detailed', 'summary']),
  ]),
  read('/stats/prometheus', 'print server stats in prometheus format', stats, [
    USED_ONLY,
    flag('text_readouts', 'Render text_readouts as new gaugues with value 0 (increases Prometheus data size)'),
    FILTER,
    INVERT,
    choice('histogram_buckets', 'Histogram bucket display mode', ['cumulative', 'summary']),
  ]),
  read('/stats/recentlookups', 'Show recent stat-name lookups', lookups),
  post('/stats/recentlookups/clear', 'clear list of stat-name lookups and counter', lookups),
  post('/stats/recentlookups/disable', 'disable recording of reset stat-name lookup names', lookups),
  post('/stats/recentlookups/enable', 'enable recording of reset stat-name lookup names', lookups),
  { ...post('/tap', 'tap filter control', () => import('./pages/tap.ts')), present: hasAdminTaps },
];

/** Envoy's, as far as they are there. */
export const endpoints = (): readonly Endpoint[] => ALL.filter((e) => e.present?.() ?? true);

/** Beyond Envoy, and therefore not in its help. */
export const OWN: readonly Endpoint[] = [
  read('/redis/top', 'hot keys, biggest replies, slowest commands', () => import('./pages/redis-top.ts')),
];
