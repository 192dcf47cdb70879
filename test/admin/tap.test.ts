/** POST /tap: beside real Envoy with the same requests; over several event loops; clients that leave, do not read, or ask for what cannot be. */
import { once } from 'node:events';
import * as http from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import type { Server } from '../../src/server/server.ts';
import { startServer, value } from '../server/whole.ts';
import { freePort } from '../support/ports.ts';
import { RealEnvoy, whyNot } from './real-envoy.ts';

const FILTER = `
          - name: tap
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.tap.v3.Tap
              common_config: {admin_config: {config_id: one}}`;
const config = (admin: number, filters = FILTER): string => `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
static_resources:
  listeners:
  - name: l
    stat_prefix: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: h
          generate_request_id: false
          server_header_transformation: PASS_THROUGH
          http_filters:${filters}
          - name: r
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ok}}}]}]}
`;
const request = (sink: string, more = '', match = '{any_match: true}'): string =>
  `config_id: one\ntap_config: {match: ${match}, output_config: {sinks: [${sink}]${more}}}`;

/** The stream of a tap. */
class Tap {
  status = 0;
  text = '';
  private readonly req: http.ClientRequest;
  private ended = false;
  private changed: () => void = () => {};

  private constructor(req: http.ClientRequest) {
    this.req = req;
  }

  static async open(port: number, body: string): Promise<Tap> {
    const req = http.request({ host: '127.0.0.1', port, path: '/tap', method: 'POST', agent: false });
    const tap = new Tap(req);
    req.on('error', () => {});
    req.end(body);
    const [res] = (await once(req, 'response')) as [http.IncomingMessage];
    tap.status = res.statusCode as number;
    res.on('data', (c: Buffer) => {
      tap.text += c.toString('latin1');
      tap.changed();
    });
    res.on('end', () => {
      tap.ended = true;
      tap.changed();
    });
    return tap;
  }

  async until(holds: (text: string, ended: boolean) => boolean): Promise<void> {
    while (!holds(this.text, this.ended)) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }

  async end(): Promise<string> {
    await this.until((_, ended) => ended);
    return this.text;
  }

  leave(): void {
    this.req.destroy();
  }
}

async function ask(port: number, path: string, body = ''): Promise<number> {
  const req = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent: false });
  req.end(body);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  res.resume();
  await once(res, 'end');
  return res.statusCode as number;
}

async function post(port: number, body: string): Promise<[number, string]> {
  const tap = await Tap.open(port, body);
  return [tap.status, await tap.end()];
}

/** Once no other has it. */
async function whenFree(port: number, body: string): Promise<Tap> {
  for (;;) {
    const tap = await Tap.open(port, body);
    if (tap.status === 200) return tap;
    await tap.end();
  }
}

/** Its admin listens there, too. */
async function start(
  t: { teardown(fn: () => unknown): void },
  filters = FILTER,
  concurrency = 1,
): Promise<{ server: Server; admin: number }> {
  const admin = await freePort();
  return { server: await startServer(t, config(admin, filters), concurrency), admin };
}
const port = (s: Server): number => s.engine.listeners[0].boundAddress.port;
const count = (text: string, what: string): number => text.split(what).length - 1;

t.test('what is streamed is what real Envoy streams', async (t) => {
  const why = whyNot();
  if (why !== null) return t.comment(why);
  const real = await RealEnvoy.start(config(0));
  t.teardown(() => real.stop());
  const { body } = await real.get('/listeners');
  const theirs = { admin: real.port, port: Number(/^l::127\.0\.0\.1:(\d+)/m.exec(body)?.[1]) };
  const { server, admin } = await start(t);
  const ours = { admin, port: port(server) };
  const plain = (text: string): string =>
    text
      .replaceAll(/127\.0\.0\.1:\d+/g, '<listener>')
      .replaceAll(/"trace_id": "\d+"/g, '"trace_id": "0"')
      .replaceAll(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>');
  const twice = (part: string) => (text: string) => count(text, part) === 2;
  for (const [what, over, sink, more, match] of [
    ['whole', twice('\n}\n'), '{streaming_admin: {}}'],
    ['texts', twice('\n}\n'), '{streaming_admin: {}, format: JSON_BODY_AS_STRING}'],
    [
      'in parts',
      twice('"ok",\n   "truncated": false\n  }\n }\n}\n'),
      '{streaming_admin: {}, format: JSON_BODY_AS_STRING}',
      ', streaming: true',
    ],
    ['cut', twice('\n}\n'), '{streaming_admin: {}}', ', max_buffered_rx_bytes: 1, max_buffered_tx_bytes: 1'],
    [
      'by a header',
      (text: string) => text.includes('\n}\n'),
      '{streaming_admin: {}}',
      '',
      '{http_request_headers_match: {headers: [{name: ":path", string_match: {exact: /b}}]}}',
    ],
    ['protobuf', null, '{buffered_admin: {max_traces: 2}, format: PROTO_BINARY_LENGTH_DELIMITED}'],
    ['a buffer that fills', null, '{buffered_admin: {max_traces: 2}}'],
    ['a buffer whose time is over', null, '{buffered_admin: {max_traces: 7, timeout: 0.5s}}'],
  ] as const) {
    const seen: string[] = [];
    for (const side of [theirs, ours]) {
      const tap = await whenFree(side.admin, request(sink, more, match));
      for (const path of ['/a', '/b']) await ask(side.port, path, 'hi');
      if (over === null) await tap.end();
      else await tap.until(over);
      tap.leave();
      seen.push(plain(tap.text));
    }
    t.equal(seen[1], seen[0], what);
    t.match(seen[1], '/b', what);
  }
  for (const wrong of [request('{streaming_admin: {}}').replace('one', 'two'), '']) {
    const [status, text] = await post(theirs.admin, wrong);
    t.strictSame(await post(ours.admin, wrong), [status, text]);
    t.equal(status, 400);
  }
});

t.test('one stream at a time, until its client leaves', async (t) => {
  const { server, admin } = await start(t);
  const first = await whenFree(admin, request('{streaming_admin: {}}'));
  t.strictSame(await post(admin, request('{streaming_admin: {}}')), [
    400,
    'An attached /tap admin stream already exists. Detach it.',
  ]);
  await ask(port(server), '/first');
  await first.until((text) => text.includes('/first'));
  first.leave();
  const second = await whenFree(admin, request('{streaming_admin: {}}'));
  await ask(port(server), '/second');
  await second.until((text) => text.includes('/second'));
  t.notMatch(second.text, '/first');
  second.leave();
  const before = value(server, 'http.h.tap.rq_tapped');
  t.equal(before, 2);
  // Its end is seen once there is room for another.
  (await whenFree(admin, request('{streaming_admin: {}}', '', '{not_match: {any_match: true}}'))).leave();
  await ask(port(server), '/untapped');
  t.equal(value(server, 'http.h.tap.rq_tapped'), before);
});

t.test('what cannot be tapped is told with its place, and nothing is tapped', async (t) => {
  const { server, admin } = await start(t);
  for (const [body, says] of [
    ['rubbish', 'Unable to convert YAML as JSON'],
    ['{"config_id": "one"', '<tap>:1:20: '],
    ['config_id: one', "<tap>:1:1: 'tap_config' is missing"],
    [`${request('{streaming_admin: {}}')}\nfoo: 1`, "<tap>:3:1: no such field: 'foo'"],
    [
      'config_id: one\ntap_config: {output_config: {sinks: [{streaming_admin: {}}]}}',
      'Neither match nor match_config is set',
    ],
    [request('{streaming_admin: {}, format: PROTO_TEXT}'), '<tap>:2:'],
    [request('{streaming_admin: {}, format: PROTO_BINARY_LENGTH_DELIMITED}'), '<tap>:2:'],
    [request('{buffered_admin: {max_traces: 1}, format: PROTO_BINARY}'), '<tap>:2:'],
    [request('{buffered_admin: {}}'), 'max_traces'],
    [request('{}'), 'output_sink_type'],
    [
      request(
        '{streaming_admin: {}}',
        '',
        '{http_request_headers_match: {headers: [{name: a, string_match: {safe_regex: {regex: "("}}}]}}',
      ),
      'missing closing )',
    ],
    [request('{streaming_grpc: {grpc_service: {envoy_grpc: {cluster_name: u}}}}'), 'streaming_grpc'],
  ]) {
    const [status, text] = await post(admin, body);
    t.equal(status, 400, body);
    t.match(text.toLowerCase(), says.toLowerCase(), body);
  }
  t.equal((await Tap.open(admin, 'x'.repeat(70_000))).status, 413);
  await ask(port(server), '/x');
  t.equal(value(server, 'http.h.tap.rq_tapped'), 0);
  (await whenFree(admin, request('{streaming_admin: {}}'))).leave();
});

t.test('a client that does not read costs a bounded number of traces', async (t) => {
  const { server, admin } = await start(t);
  const socket = connect(admin, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.pause();
  const body = request('{streaming_admin: {}}');
  socket.write(`POST /tap HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const path = `/${'x'.repeat(50_000)}`;
  // 16 MiB, and what the kernel takes.
  for (let i = 0; i < 2000 && value(server, 'envoylet.tap_traces_dropped') === 0; i++) await ask(port(server), path);
  t.ok(value(server, 'envoylet.tap_traces_dropped') > 0);
});

t.test('what every event loop taps comes on the one stream', async (t) => {
  const { server, admin } = await start(t, FILTER, 3);
  const tap = await whenFree(admin, request('{streaming_admin: {}}'));
  let asked = 0;
  // Until others have been told of it, too.
  while (value(server, 'http.h.tap.rq_tapped') < 30) {
    await ask(port(server), `/asked-${++asked}`);
    if (asked % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (let i = 0; i < 20; i++) await ask(port(server), '/late');
  await tap.until((text) => count(text, '/late') === 20);
  tap.leave();
  t.equal(value(server, 'envoylet.tap_traces_dropped'), 0);
});

t.test('without such a filter there is no such page', async (t) => {
  const { admin } = await start(t, '');
  // A filter of a test before is forgotten with the memory it was in.
  const help = await new Promise<string>((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port: admin, path: '/help', agent: false }, (res) => {
        let text = '';
        res.on('data', (c) => {
          text += c;
        });
        res.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
  t.match(help, '/stats/recentlookups');
  const [status] = await post(admin, request('{streaming_admin: {}}').replace('one', 'nobody'));
  t.equal(status, help.includes('/tap') ? 400 : 404);
});
