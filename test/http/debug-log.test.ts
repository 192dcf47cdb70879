import t from 'tap';
import { captureLog, setAllLevels } from '../../src/log/logger.ts';
import { answering, cluster, deadPort, get, OK, TestProxy, Upstream, until } from './proxy.ts';

/** The lines of one request at a level, without time and place. */
async function linesOf(level: number, path: string): Promise<string[]> {
  const u = await Upstream.start(answering(OK));
  const silent = await Upstream.start();
  const dead = await deadPort();
  const to = (prefix: string, action: object): object => ({ match: { prefix }, route: action });
  const lines: string[] = [];
  const undo = captureLog((line) => lines.push(line.replace(/^(?:\[[^\]]*\])+ \[[^\]]*\] /, '').trimEnd()));
  setAllLevels(level);
  const p = await TestProxy.start({
    clusters: [
      cluster('up', [u.port]),
      cluster('silent', [silent.port]),
      cluster('dead', [dead]),
      { name: 'empty', connectTimeout: 1000, loadAssignment: {} },
    ],
    hcm: {
      routeConfig: {
        virtualHosts: [
          {
            name: 'v',
            domains: ['*'],
            routes: [
              to('/up', { cluster: 'up' }),
              to('/silent', { cluster: 'silent', timeout: 5 }),
              to('/dead', { cluster: 'dead' }),
              to('/empty', { cluster: 'empty' }),
            ],
          },
        ],
      },
    },
  });
  const ports = new Map([
    [u.port, 'UP'],
    [silent.port, 'SILENT'],
    [dead, 'DEAD'],
  ]);
  const c = p.connect().send(get(path, 'x-mine: ü\r\n'));
  await c.message();
  c.close();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  p.stop();
  undo();
  setAllLevels(2);
  u.stop();
  silent.stop();
  return lines.map((line) =>
    line.replace(/127\.0\.0\.1:(\d+)/g, (_, port) => `127.0.0.1:${ports.get(Number(port)) ?? 'CLIENT'}`),
  );
}

/** The number of the connection that a line begins with. */
const id = (line: string | undefined): string => /\[(C\d+)\]/.exec(line ?? '')?.[1] ?? 'none';

t.test('debug: heads, host, upstream connection, status and duration of a request', async (t) => {
  const lines = await linesOf(1, '/up');
  const find = (part: string): string => lines.find((line) => line.includes(part)) ?? `nothing with ${part}`;
  const down = id(find('new connection from 127.0.0.1:CLIENT'));
  const up = id(find('connecting to 127.0.0.1:UP'));
  t.not(down, up);
  const said = (part: string): void => {
    t.ok(
      lines.some((line) => line.includes(part)),
      part,
    );
  };
  const head = find('request headers complete (end_stream=true):');
  const stream = /^\[C\d+\](\[S\d+\]) /.exec(head)?.[1];
  t.equal(lines.filter((l) => l.includes('[S') && !l.includes(String(stream))).length, 0, 'one id a request');
  t.match(head, "':authority', 'a'\n':path', '/up'\n':method', 'GET'");
  t.match(head, "'x-mine', 'ü'");
  said(`[${down}]${stream} cluster 'up' match for URL '/up'`);
  t.match(find('router decoding headers, to host 127.0.0.1:UP:'), "'x-envoy-expected-rq-timeout-ms', '15000'");
  said(`[${up}] creating a new connection (connecting=0) to 127.0.0.1:UP, cluster 'up'`);
  said(`[${up}] connected to 127.0.0.1:UP`);
  said(`[${down}]${stream} pool ready: upstream connection [${up}] to 127.0.0.1:UP, HTTP/1.1`);
  said(`[${down}]${stream} upstream headers complete: end_stream=false, status 200 from 127.0.0.1:UP`);
  t.match(find('encoding headers via codec (end_stream=false):'), "\n':status', '200'\n'content-length', '2'");
  t.match(
    find('Codec completed encoding stream'),
    /^\[C\d+\]\[S\d+\] Codec completed encoding stream: GET \/up, status 200, \d+ ms, host 127\.0\.0\.1:UP, via_upstream$/,
  );
  said(`[${down}] remote close, data_to_write=0`);
});

t.test('debug: the address of a refused connect and why', async (t) => {
  const lines = await linesOf(1, '/dead');
  const all = lines.join('\n');
  t.match(all, /\[C\d+\] not connected to 127\.0\.0\.1:DEAD: delayed connect error: Connection refused/);
  t.match(all, 'upstream reset: host 127.0.0.1:DEAD, reset reason: remote connection failure');
  t.match(all, 'Sending local reply with details upstream_reset_before_response_started{remote_connection_failure');
  t.match(all, /Codec completed encoding stream: GET \/dead, status 503, \d+ ms, host 127\.0\.0\.1:DEAD/);
});

t.test('debug: a 504 says whom it waited for', async (t) => {
  const all = (await linesOf(1, '/silent')).join('\n');
  t.match(
    all,
    /\[C\d+\]\[S\d+\] upstream timeout: response, host 127\.0\.0\.1:SILENT, (?:upstream connection \[C\d+\]|not connected)/,
  );
  t.match(all, 'Sending local reply with details response_timeout');
  t.match(all, /Codec completed encoding stream: GET \/silent, status 504, \d+ ms/);
});

t.test('debug: no healthy upstream names the cluster', async (t) => {
  const all = (await linesOf(1, '/empty')).join('\n');
  t.match(all, "no healthy host in cluster 'empty'");
  t.match(all, 'Sending local reply with details no_healthy_upstream');
  t.match(all, /Codec completed encoding stream: GET \/empty, status 503, \d+ ms, no upstream, no_healthy_upstream/);
});

t.test('info: nothing of a request, however it ends, as in Envoy', async (t) => {
  for (const path of ['/up', '/dead', '/silent', '/empty']) {
    const lines = await linesOf(2, path);
    t.notMatch(lines.join('\n'), /\[C\d+\]|healthy|timeout/, path);
  }
});
