// Bootstrap fields that only a whole process shows: flags_path, admin.access_log.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';
import { problemsOf } from './whole.ts';

t.test(
  'a file `drain` in flags_path: the health check fails from the start; admin.access_log is written',
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'envoylet-'));
    t.teardown(() => rmSync(dir, { recursive: true }));
    const port = await freePort();
    const log = join(dir, 'admin.log');
    const config = join(dir, 'envoy.yaml');
    writeFileSync(
      config,
      `flags_path: ${dir}
admin:
  access_log: [{name: envoy.access_loggers.file, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: ${log}}}]
  address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}
`,
    );
    const run = async (): Promise<number | undefined> => {
      const child = await startProxy({ command: envoyletCommand(), args: ['-c', config], listenerPort: port });
      try {
        // LIVE comes some turns after the admin port is open.
        for (;;) {
          const page = await get(port, '/ready');
          if (page?.body !== 'PRE_INITIALIZING\n' && page?.body !== 'INITIALIZING\n') return page?.status;
        }
      } finally {
        await child.stop();
      }
    };
    t.equal(await run(), 200);
    t.match(readFileSync(log, 'latin1'), /^\[[^\]]+\] "GET \/ready HTTP\/1.1" /);
    writeFileSync(join(dir, 'drain'), '');
    t.equal(await run(), 503);
  },
);

const messages = async (yaml: string): Promise<string[]> => (await problemsOf(yaml)).map((p) => p.message);

const TYPE = 'type.googleapis.com/envoy';
const at = (name: string, type: string, more = ''): string =>
  `{name: ${name}, typed_config: {"@type": ${TYPE}.${type}${more}}}`;

t.test("extensions of the bootstrap that name Envoy's own defaults are taken", async (t) => {
  const internal = at(
    'envoy.bootstrap.internal_listener',
    'extensions.bootstrap.internal_listener.v3.InternalListener',
  );
  const sockets = 'envoy.extensions.network.socket_interface.default_socket_interface';
  const text = `
default_regex_engine: ${at('envoy.regex_engines.google_re2', 'extensions.regex_engines.v3.GoogleRE2')}
default_socket_interface: ${sockets}
bootstrap_extensions: [${at(sockets, 'extensions.network.socket_interface.v3.DefaultSocketInterface')}, ${internal}]
listener_manager: ${at('envoy.listener_manager_impl.default', 'config.bootstrap.v3.ListenerManager')}
typed_dns_resolver_config: ${at('envoy.network.dns_resolver.cares', 'extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', ', resolvers: [{socket_address: {address: 127.0.0.1, port_value: 53}}]')}
watchdogs: {main_thread_watchdog: {miss_timeout: 1s}, worker_watchdog: {kill_timeout: 5s}}
grpc_async_client_manager_config: {max_cached_entry_idle_duration: 5s}
memory_allocator_manager: {bytes_to_release: 1024}
perf_tracing_file_path: /tmp/nowhere
node: {id: a, cluster: b, metadata: {c: d}, user_agent_name: e}
`;
  t.same(await messages(text), []);
});

t.test('each field of the bootstrap that is not done is refused by name, with a reason', async (t) => {
  const xds = '{api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: a}}]}';
  const refused: Record<string, string> = {
    hds_config: xds,
    dynamic_resources: `{cds_config: {api_config_source: ${xds}}}`,
    config_sources: '[{ads: {}}]',
    default_config_source: '{ads: {}}',
    fatal_actions: `[{config: ${at('a', 'extensions.regex_engines.v3.GoogleRE2')}}]`,
    inline_headers: '[{inline_header_name: a, inline_header_type: REQUEST_HEADER}]',
    header_prefix: 'x-other',
    certificate_provider_instances: `{a: ${at('a', 'extensions.regex_engines.v3.GoogleRE2')}}`,
    deferred_stat_options: '{enable_deferred_creation_stats: true}',
    use_tcp_for_dns_lookups: 'true',
    xds_delegate_extension: at('a', 'extensions.regex_engines.v3.GoogleRE2'),
    xds_config_tracker_extension: at('a', 'extensions.regex_engines.v3.GoogleRE2'),
  };
  for (const [field, value] of Object.entries(refused)) {
    const found = await messages(`${field}: ${value}`);
    t.match(
      found.find((p) => p.includes(`'${field}'`)),
      /is not supported yet: \S+ \S+/,
      field,
    );
  }
  t.match(
    (await messages(`cluster_manager: {load_stats_config: ${xds}}`))[0],
    /'load_stats_config' .* is not supported yet: \S+/,
  );
  t.match(
    (await messages('default_socket_interface: mine'))[0],
    /'default_socket_interface: mine' is not supported yet/,
  );
  const manager = at('a', 'config.bootstrap.v3.ApiListenerManager');
  t.match((await messages(`listener_manager: ${manager}`))[0], /ApiListenerManager\) is not supported yet/);
  const wrong = at('a', 'extensions.bootstrap.internal_listener.v3.InternalListener');
  t.match((await messages(`default_regex_engine: ${wrong}`))[0], /Didn't find a registered implementation for 'a'/);
});
