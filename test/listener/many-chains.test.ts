/** Matches of filter chains that are wrong, in Envoy's words (measured with 1.40), and a tree of matchers over a socket. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { verdict } from '../../src/cli/validate.ts';
import type { XdsMatcher } from '../../src/config/schema/types.ts';
import { chainTree } from '../../src/listener/chain-tree.ts';
import { FilterChain } from '../../src/listener/filter-chain.ts';
import { Address } from '../../src/transport/address.ts';
import { SocketInfo } from '../../src/transport/socket-info.ts';
import type { Wire } from '../../src/transport/wire.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

type Json = Record<string, unknown>;
const TYPE = 'type.googleapis.com/';
const NETWORK = `${TYPE}envoy.extensions.matching.common_inputs.network.v3.`;
const any = (type: string, value: Json = {}): Json => ({ '@type': TYPE + type, ...value });
const FILTERS = [
  {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 'x', cluster: 'c' }),
  },
];
const chain = (name: string, match?: Json): Json => ({ name, filters: FILTERS, filter_chain_match: match });
const to = (name: string): Json => ({
  action: { name, typed_config: any('google.protobuf.StringValue', { value: name }) },
});
const input = (name: string): Json => ({ name, typed_config: { '@type': NETWORK + name } });
const tree = (custom: Json): Json => ({
  matcher_tree: { input: input('ServerNameInput'), custom_match: { name: 'x', typed_config: custom } },
});
const domains = (...lists: string[][]): Json =>
  tree(
    any('xds.type.matcher.v3.ServerNameMatcher', {
      domain_matchers: lists.map((list) => ({ domains: list, on_match: to('a') })),
    }),
  );
const range = (ip: string, bits: number): Json => ({ address_prefix: ip, prefix_len: bits });

const WHERE = "error adding listener '127.0.0.1:10000': ";
const same = (text: string): string =>
  `${WHERE}filter chain 'b' has the same matching rules defined as 'a'. duplicate matcher is: ${text}`;
const overlap = `${WHERE}multiple filter chains with overlapping matching rules are defined`;
const partial = `${WHERE}partial wildcards are not supported in "server_names"`;
const unimplemented = `${WHERE}filter chain 'a' contains unimplemented fields`;

const ROWS: readonly [chains: readonly Json[], more: Json, says: string][] = [
  [
    [
      chain('a', { destination_port: 80, server_names: ['a.com'] }),
      chain('b', { server_names: ['a.com'], destination_port: 80 }),
    ],
    {},
    same('{"destination_port":80,"server_names":["a.com"]}'),
  ],
  [
    [
      chain('a', { source_type: 'EXTERNAL', prefix_ranges: [range('10.0.0.0', 8)] }),
      chain('b', { prefix_ranges: [range('10.0.0.0', 8)], source_type: 'EXTERNAL' }),
    ],
    {},
    same('{"prefix_ranges":[{"address_prefix":"10.0.0.0","prefix_len":8}],"source_type":"EXTERNAL"}'),
  ],
  [[chain('a', { server_names: ['a.com', 'b.com'] }), chain('b', { server_names: ['b.com'] })], {}, overlap],
  [[chain('a', { server_names: ['a.com'] }), chain('b', { server_names: ['A.com'] })], {}, overlap],
  [
    [chain('a', { prefix_ranges: [range('10.0.0.0', 8)] }), chain('b', { prefix_ranges: [range('10.1.0.0', 8)] })],
    {},
    overlap,
  ],
  [[chain('a', { server_names: ['*'] })], {}, partial],
  [[chain('a', { server_names: ['a*.com'] })], {}, partial],
  [[chain('a', { server_names: ['*.*.com'] })], {}, ''],
  [[chain('a', { prefix_ranges: [range('10.0.0.0', 64)] })], {}, ''],
  [[chain('a', { address_suffix: '1.2' })], {}, unimplemented],
  [[chain('a', { suffix_len: 8 })], {}, unimplemented],
  [[chain('a', { direct_source_prefix_ranges: [range('x', 8)] })], {}, 'malformed IP address: x'],
  [
    [chain('')],
    { filter_chain_matcher: domains(['a.com']) },
    `${WHERE}"name" field is required when using a listener matcher`,
  ],
  [
    [chain('a'), chain('a')],
    { filter_chain_matcher: domains(['a.com']) },
    `${WHERE}"name" field is duplicated with value 'a'`,
  ],
  [
    [chain('a')],
    { filter_chain_matcher: domains(['a.com'], ['a.com']) },
    'Duplicate domain in ServerNameMatcher: a.com',
  ],
  [[chain('a')], { filter_chain_matcher: domains(['']) }, 'Empty domain in ServerNameMatcher'],
  [
    [chain('a')],
    { filter_chain_matcher: domains(['a*.com']) },
    "Invalid wildcard domain format: a*.com. Only '*' and '*.domain' patterns are supported",
  ],
  [
    [chain('a')],
    { filter_chain_matcher: domains(['*.*.com']) },
    'Invalid wildcard domain format: *.*.com. Multiple wildcards are not supported',
  ],
  [[chain('a')], { filter_chain_matcher: domains(['*.a.com', '*']) }, ''],
  [[], { default_filter_chain: chain('d', { server_names: ['*'] }) }, ''],
];

t.test('what is wrong with a match is said in the words of Envoy', async (t) => {
  for (const [i, [chains, more, says]] of ROWS.entries()) {
    const file = join(t.testdir({}), `${i}.json`);
    const address = { socket_address: { address: '127.0.0.1', port_value: 10000 } };
    const listeners = [{ name: 'l', address, filter_chains: chains, ...more }];
    writeFileSync(file, JSON.stringify({ static_resources: { clusters: [{ name: 'c' }], listeners } }));
    const { output } = await verdict('envoylet', ['--format', 'json', file], { parseOptions });
    const { files } = JSON.parse(output) as { files: { problems: { message: string }[] }[] };
    t.same(
      files[0].problems.map((p) => p.message),
      says === '' ? [] : [says],
      `row ${i}`,
    );
  }
});

const chains = new Map(['a', 'b', 'c'].map((name) => [name, new FilterChain(name, null)]));
const match = (name: string): Json => ({
  action: { name, typedConfig: { typeUrl: 'google.protobuf.StringValue', value: name } },
});
const typed = (name: string, value: Json = {}): Json => ({
  name,
  typedConfig: { typeUrl: `envoy.extensions.matching.common_inputs.network.v3.${name}`, value },
});
const socket = { localAddress: () => new Address('10.0.0.1', 80), remoteAddress: () => new Address('10.0.0.9', 5000) };

async function find(matcher: Json, fill: (info: SocketInfo) => void = () => {}): Promise<string> {
  const found = await chainTree(matcher as XdsMatcher, chains, new FilterChain('default', null));
  const info = new SocketInfo();
  fill(info);
  return found.find(socket as unknown as Wire, info)?.name ?? '-';
}
const exact = (of: Json, value: string): Json => ({
  matcherTree: { input: of, exactMatchMap: { map: new Map([[value, match('a')]]) } },
});

t.test('inputs of a tree: what a socket says of itself', async (t) => {
  const rows: readonly [Json, string][] = [
    [typed('DestinationIPInput'), '10.0.0.1'],
    [typed('DestinationPortInput'), '80'],
    [typed('SourceIPInput'), '192.168.1.1'],
    [typed('SourcePortInput'), '7'],
    [typed('DirectSourceIPInput'), '10.0.0.9'],
    [typed('ServerNameInput'), 'a.com'],
    [typed('TransportProtocolInput'), 'tls'],
    [typed('ApplicationProtocolInput'), "'h2','http/1.1'"],
    [typed('FilterStateInput', { key: 'text' }), 'T'],
    [typed('FilterStateInput', { key: 'object', field: 'f' }), 'F'],
  ];
  for (const [of, value] of rows) {
    const fill = (info: SocketInfo): void => {
      info.remoteAddress = new Address('192.168.1.1', 7);
      info.serverName = 'a.com';
      info.transportProtocol = 'tls';
      info.applicationProtocols = ['h2', 'http/1.1'];
      info.filterState = new Map<string, unknown>([
        ['text', 'T'],
        ['object', { f: 'F' }],
      ]);
    };
    t.equal(await find(exact(of, value), fill), 'a', JSON.stringify(of));
    t.equal(await find(exact(of, 'x'), fill), 'default');
  }
  t.equal(await find(exact(typed('SourceTypeInput'), 'local')), 'default');
  t.equal(
    await find(exact(typed('SourceTypeInput'), 'local'), (info) => {
      info.remoteAddress = new Address('10.0.0.1', 7);
    }),
    'a',
  );
  t.equal(await find(exact(typed('ServerNameInput'), '')), 'default', 'no name is none');
});

t.test('a name: itself, its longest suffix, any; what leads nowhere goes on', async (t) => {
  const custom = (list: readonly [string, Json][]): Json => ({
    matcherTree: {
      input: typed('ServerNameInput'),
      customMatch: {
        typedConfig: {
          typeUrl: 'xds.type.matcher.v3.ServerNameMatcher',
          value: { domainMatchers: list.map(([domain, onMatch]) => ({ domains: [domain], onMatch })) },
        },
      },
    },
  });
  const rules = custom([
    ['x.a.com', match('a')],
    ['*.com', match('b')],
    ['*.a.com', match('c')],
    ['y.a.com', { keepMatching: true, ...match('a') }],
  ]);
  const named =
    (name: string) =>
    (info: SocketInfo): void => {
      info.serverName = name;
    };
  t.equal(await find(rules, named('x.a.com')), 'a');
  t.equal(await find(rules, named('z.a.com')), 'c');
  t.equal(await find(rules, named('y.a.com')), 'c');
  t.equal(await find(rules, named('a.com')), 'b');
  t.equal(await find(rules, named('com')), 'default');
  t.equal(await find(rules, named('*.a.com')), 'c', 'a star is no name of its own');
  t.equal(await find(custom([['*', match('nobody')]]), named('q')), '-', 'a chain that is not there');
});

t.test('filters that need what Node cannot do are refused with the reason, under their old names too', async (t) => {
  const file = join(t.testdir({}), 'original.json');
  const address = { socket_address: { address: '127.0.0.1', port_value: 10000 } };
  const filters = [{ name: 'envoy.listener.original_dst' }, { name: 'envoy.filters.listener.original_src' }];
  const listeners = [{ name: 'l', address, listener_filters: filters, filter_chains: [chain('a')] }];
  writeFileSync(file, JSON.stringify({ static_resources: { clusters: [{ name: 'c' }], listeners } }));
  const { output } = await verdict('envoylet', ['--format', 'json', file], { parseOptions });
  t.match(output, /Node cannot read the socket option SO_ORIGINAL_DST/);
  t.match(output, /Node cannot set IP_TRANSPARENT and SO_MARK/);
});

t.test(
  'an extension of another kind is no listener filter and none of the bootstrap; TLS of internal listeners is refused',
  async (t) => {
    const file = join(t.testdir({}), 'kinds.json');
    const router = { name: 'x', typed_config: any('envoy.extensions.filters.http.router.v3.Router') };
    const address = { socket_address: { address: '127.0.0.1', port_value: 10000 } };
    const socket = {
      name: 'envoy.transport_sockets.tls',
      typed_config: any('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', { common_tls_context: {} }),
    };
    const up = {
      name: 'envoy.transport_sockets.tls',
      typed_config: any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
    };
    const inside = { envoy_internal_address: { server_listener_name: 'in' } };
    const endpoints = [{ lb_endpoints: [{ endpoint: { address: inside } }] }];
    writeFileSync(
      file,
      JSON.stringify({
        bootstrap_extensions: [
          router,
          { name: 'i', typed_config: any('envoy.extensions.bootstrap.internal_listener.v3.InternalListener') },
        ],
        static_resources: {
          clusters: [{ name: 'c', transport_socket: up, load_assignment: { cluster_name: 'c', endpoints } }],
          listeners: [
            { name: 'l', address, listener_filters: [router], filter_chains: [chain('a')] },
            { name: 'in', internal_listener: {}, filter_chains: [{ ...chain('a'), transport_socket: socket }] },
          ],
        },
      }),
    );
    const { output } = await verdict('envoylet', ['--format', 'json', file], { parseOptions });
    const { files } = JSON.parse(output) as { files: { problems: { message: string }[] }[] };
    const wrong =
      "Didn't find a registered implementation for 'x' with type URL: 'envoy.extensions.filters.http.router.v3.Router'";
    t.same(files[0].problems.map((p) => p.message).sort(), [
      wrong,
      wrong,
      'TLS of an internal listener is not supported',
      'TLS to an internal listener is not supported',
    ]);
  },
);

t.test('old names of listener filters mean their types; use_proxy_proto is the filter', async (t) => {
  const file = join(t.testdir({}), 'old.json');
  const address = { socket_address: { address: '127.0.0.1', port_value: 10000 } };
  const names = ['tls_inspector', 'http_inspector', 'proxy_protocol'].map((n) => ({ name: `envoy.listener.${n}` }));
  const listeners = [
    { name: 'l', address, listener_filters: names, filter_chains: [{ ...chain('a'), use_proxy_proto: true }] },
  ];
  writeFileSync(file, JSON.stringify({ static_resources: { clusters: [{ name: 'c' }], listeners } }));
  const { output } = await verdict('envoylet', ['--format', 'json', file], { parseOptions });
  t.match(output, '"problems": []');
});

t.test('with two event loops, of which only the first has the schema, ranges are told apart', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'chains-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const port = await freePort();
  const path = join(directory, 'envoy.yaml');
  const chain = (ip: string): string =>
    `{filter_chain_match: {source_prefix_ranges: [{address_prefix: ${ip}, prefix_len: 32}]}, filters: [{name: e, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}}]}`;
  writeFileSync(
    path,
    `static_resources: {listeners: [{name: l, address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}, filter_chains: [${chain('127.0.0.1')}, ${chain('127.0.0.2')}]}]}`,
  );
  const proxy = await startProxy({
    command: envoyletCommand(),
    args: ['-c', path, '--concurrency', '2'],
    listenerPort: port,
  });
  await proxy.stop();
  t.notMatch(proxy.output, /same matching rules/);
});
