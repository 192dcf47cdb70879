/**
 * Configs as people write them (HTTP only): each is loaded by a proxy of its own, requests go through it, and what client and upstream see is
 * the same with real Envoy 1.40 where that is installed. The last ones are of older Envoys, which 1.40 refuses.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { whyNot } from '../admin/real-envoy.ts';
import { copyCertificates } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

const FOLDER = fileURLToPath(new URL('./configs/', import.meta.url));
const noEnvoy = whyNot();
/** They start one pair after the other. */
t.setTimeout(180_000);

interface Request {
  /** Lines; the empty one that ends the head is added. */
  readonly send: string;
  /** What must be in what came back: guards that the request tests what it is for. */
  readonly holds: readonly string[];
  /** The second listener. */
  readonly second?: boolean;
}

interface Case {
  readonly requests: readonly Request[];
  /** Real Envoy 1.40 refuses it. */
  readonly old?: boolean;
  /** In what the proxy prints. */
  readonly logs?: readonly string[];
}

const get = (path: string, ...more: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: example.com', ...more].join('\r\n');
const req = (send: string, ...holds: string[]): Request => ({ send, holds });
const GRPC = ['content-type: application/grpc-web+proto', 'origin: https://a.example', 'content-length: 5'];
const grpcWeb = `POST /greet.Greeter/Hello HTTP/1.1\r\nhost: example.com\r\n${GRPC.join('\r\n')}\r\n\r\n\0\0\0\0\0`;
const preflight = [
  'OPTIONS /greet.Greeter/Hello HTTP/1.1',
  'host: example.com',
  'origin: https://a.example',
  'access-control-request-method: POST',
].join('\r\n');

const CASES: Readonly<Record<string, Case>> = {
  '01-front-proxy': {
    requests: [
      req(get('/service/1'), '200 OK', 'GET /service/1 HTTP/1.1'),
      req(get('/service/2'), 'GET / HTTP/1.1', 'x-envoy-original-path: /service/2'),
      req(get('/service/2/a?b=c'), 'GET //a?b=c HTTP/1.1'),
      req(get('/other'), '404 Not Found', 'nothing here'),
    ],
  },
  '02-grpc-web': {
    requests: [
      req(preflight, 'access-control-allow-origin: https://a.example', 'access-control-max-age: 1728000'),
      req(grpcWeb, 'access-control-expose-headers: grpc-status,grpc-message', 'grpc-status:0'),
    ],
  },
  '03-grpc-web-old-cors': {
    requests: [req(preflight, 'access-control-allow-origin: https://a.example'), req(grpcWeb, 'grpc-status:0')],
  },
  '04-logs': {
    requests: [req(get('/api/x'), 'GET /v1/x HTTP/1.1'), req(get('/none'), '404 Not Found')],
    logs: ['line GET /api/x 200 - ', 'line GET /none 404 NR 0'],
  },
  '05-sidecar': {
    requests: [
      req(
        get('/a/../b//c', 'x-forwarded-for: 1.1.1.1, 2.2.2.2'),
        'GET /b/c HTTP/1.1',
        'x-envoy-external-address: 1.1.1.1',
      ),
      req(
        get('/a%2Fb', 'x-request-id: 3f8d2a4c-7b11-4a63-9c0e-5d2f1a7b6c90'),
        'GET /a/b HTTP/1.1',
        'x-forwarded-host: example.com',
      ),
      req(get('/', 'x_y: 1'), '400 Bad Request'),
    ],
  },
  '06-https-redirect': {
    requests: [
      req('GET /a?b HTTP/1.1\r\nhost: www.example.com', '308 Permanent Redirect', 'location: https://example.com/a?b'),
      req(get('/healthz'), '200 OK', 'ok'),
      req(get('/old/x'), 'location: https://example.com:8443/new/x'),
      req('GET /x HTTP/1.1\r\nhost: example.com:80', 'location: https://example.com/x'),
    ],
  },
  '07-canary': {
    requests: [
      req(get('/'), 'x-version: stable', 'x-envoy-attempt-count: 1', 'x-table: shares'),
      req(get('/', 'x-canary: always'), 'Host: example.com'),
      req(get('/', 'cookie: a=b; canary=1'), 'Host: example.com', 'x-powered-by: test'),
    ],
  },
  '08-websocket': {
    requests: [
      req(get('/ws/a', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-key: x'), '101 Switching Protocols'),
      req(get('/a', 'connection: Upgrade', 'upgrade: websocket'), '403 Forbidden'),
      req(get('/a'), '200 OK'),
    ],
  },
  '09-local-replies': {
    requests: [
      req(get('/up'), '200 OK'),
      req(get('/down'), '502 Bad Gateway', '"text":"not today"', 'x-mapped: yes'),
      req(get('/none'), '404 Not Found', '"path":"/none"'),
    ],
  },
  '10-hosts': {
    requests: [
      req('GET /x HTTP/1.1\r\nhost: v1.api.example.com:8000\r\nx-secret: 1', 'x-site: api', 'host: localhost'),
      req(get('/css/a/b.css'), 'GET /static/css/a/b.css HTTP/1.1'),
      req(get('/x'), '302 Found', 'location: http://example.com/index.html'),
      req('GET / HTTP/1.1\r\nhost: other', '404 Not Found'),
    ],
  },
  '11-sticky': {
    requests: [req(get('/'), 'set-cookie: stick="'), req(get('/', 'cookie: stick=abc'), '200 OK')],
  },
  '12-mirror': { requests: [req(get('/'), '200 OK'), req(get('/2'), 'GET /2 HTTP/1.1')] },
  '13-filters-off': {
    requests: [
      req('GET / HTTP/1.1\r\nhost: off.example\r\norigin: https://a.example', '200 OK'),
      req(get('/', 'origin: https://a.example'), 'access-control-allow-origin: https://a.example'),
      req(get('/', 'origin: https://9.example'), '200 OK'),
    ],
  },
  '14-case': {
    requests: [
      req(
        'GET / HTTP/1.1\r\nHOST: a\r\nX-CamelCase: 1',
        'X-CamelCase: 1',
        'HOST: a',
        '200 All Fine',
        'X-Powered-By: test',
      ),
      req('GET / HTTP/1.0', 'host: old.example'),
    ],
  },
  '15-behind-a-cdn': {
    requests: [
      req(get('/', 'cdn-connecting-ip: 9.9.9.9', 'cdn-ray: 1'), 'x-real-ip: 9.9.9.9'),
      req(get('/'), '403 Forbidden'),
    ],
  },
  '16-tree': {
    requests: [
      req(get('/a', 'x-tenant: one'), 'GET /one/a HTTP/1.1'),
      req(get('/a', 'x-tenant: two'), '402 Payment Required'),
      req(get('/a'), '403 Forbidden', 'who are you'),
    ],
  },
  '17-v2-front': {
    old: true,
    requests: [
      req(get('/v1/x'), 'GET /v2/x HTTP/1.1', 'host: www.example.com'),
      req(get('/abc'), 'GET /abc HTTP/1.1'),
      req(get('/ABC'), '404 Not Found'),
    ],
  },
  '18-v2-grpc-web': {
    old: true,
    requests: [req(preflight, 'access-control-allow-origin: https://a.example'), req(grpcWeb, 'grpc-status:0')],
  },
  '19-names-alone': {
    old: true,
    requests: [req(get('/'), '200 OK')],
    logs: ['"GET / HTTP/1.1" 200 - 0 '],
  },
  '20-two-listeners': {
    requests: [
      req(get('/public?key=1'), '200 OK'),
      req(get('/public'), '404 Not Found'),
      req(get('/internal/x'), '403 Forbidden'),
      { send: get('/private', 'x-inside: 1'), holds: ['x-envoy-internal: true', 'x-inside: 1'], second: true },
      { send: get('/private', 'x-forwarded-for: 8.8.8.8'), holds: ['301 Moved Permanently'], second: true },
    ],
  },
  '21-authz-by-target': { requests: [req(get('/'), '200 OK', 'GET / HTTP/1.1'), req(get('/open'), '200 OK')] },
  '22-cors-filter-as-policy': {
    requests: [
      req(
        'OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: https://a.example\r\naccess-control-request-method: PUT',
        'access-control-allow-origin: https://a.example',
        'access-control-max-age: 10',
      ),
      req(
        get('/', 'origin: https://a.example'),
        'access-control-allow-origin: https://a.example',
        'x-powered-by: test',
      ),
    ],
  },
  '23-v2-tls': {
    old: true,
    requests: [req(get('/a'), '200 OK', 'GET /a HTTP/1.1'), req(get('/teapot'), 'HTTP/1.1 418 ')],
  },
};

/** Answers with what it was asked, head and all. */
function echo(socket: net.Socket): void {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let at = text.indexOf('\r\n\r\n'); at >= 0; at = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, at);
      text = text.slice(at + 4);
      if (/^upgrade: websocket/im.test(head)) {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
        return;
      }
      socket.write(
        `HTTP/1.1 200 All Fine\r\nX-Powered-By: test\r\ncontent-length: ${head.length}\r\n\r\n${head}`,
        'latin1',
      );
    }
  });
}

async function services(): Promise<{ plain: number; grpc: number; stop: () => void }> {
  const plain = net.createServer(echo);
  const grpc = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  grpc.on('session', (s) => sessions.add(s));
  grpc.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from('\0\0\0\0\x02hi', 'latin1'));
  });
  const sockets = new Set<net.Socket>();
  plain.on('connection', (s) => sockets.add(s));
  plain.listen(0);
  grpc.listen(0);
  await Promise.all([once(plain, 'listening'), once(grpc, 'listening')]);
  return {
    plain: (plain.address() as net.AddressInfo).port,
    grpc: (grpc.address() as net.AddressInfo).port,
    stop: () => {
      for (const s of sockets) s.destroy();
      for (const s of sessions) s.destroy();
      plain.close();
      grpc.close();
    },
  };
}

/** One request on a connection of its own; ends with the answer, or with the connection. */
function ask(port: number, send: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('error', reject);
    socket.on('close', done);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) done();
    });
    socket.write(send.includes('\r\n\r\n') ? send : `${send}\r\n\r\n`, 'latin1');
  });
}

function isWhole(text: string): boolean {
  const at = text.indexOf('\r\n\r\n');
  if (at < 0) return false;
  const head = text.slice(0, at);
  if (/^HTTP\/1.1 101/.test(head)) return true;
  const length = /^content-length: (\d+)/im.exec(head);
  if (length !== null) return text.length >= at + 4 + Number(length[1]);
  return /^transfer-encoding: chunked/im.test(head) ? text.endsWith('\r\n0\r\n\r\n') : false;
}

/** What differs from run to run. */
function normal(text: string): string {
  return (
    text
      .replace(/^(date: ).*$/gim, '$1DATE')
      .replace(/^(x-envoy-upstream-service-time: )\d+/gim, '$1MS')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'UUID')
      .replace(/"[0-9a-f]{16}"/g, '"HASH"')
      // The body's length, where it has what differs.
      .replace(/^(content-length: )\d+/gim, '$1N')
  );
}

async function play(
  command: readonly string[],
  file: string,
  { requests, logs = [] }: Case,
  upstream: { plain: number; grpc: number },
): Promise<{ answers: string[]; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'wild-'));
  const [admin, first, second] = [await freePort(), await freePort(), await freePort()];
  const ports: Record<string, number> = {
    9901: admin,
    10000: first,
    10001: second,
    8080: upstream.plain,
    50051: upstream.grpc,
  };
  const yaml = readFileSync(file, 'utf8')
    .replace(/(port_value: |localhost:)(\d+)/g, (whole, before: string, port: string) =>
      port in ports ? `${before}${ports[port]}` : whole,
    )
    .replaceAll('0.0.0.0', '127.0.0.1')
    .replaceAll('/tmp/', `${folder}/`);
  const adminPart = yaml.includes('admin:')
    ? ''
    : `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }\n`;
  const path = join(folder, 'envoy.yaml');
  writeFileSync(path, adminPart + yaml);
  if (yaml.includes('.key')) copyCertificates(folder);
  const args = ['-c', path, '--concurrency', '1', '--disable-hot-restart', '--file-flush-interval-msec', '20'];
  const child = await startProxy({ command, args, adminPort: admin, listenerPort: first });
  try {
    const answers: string[] = [];
    for (const { send, second: other } of requests) answers.push(normal(await ask(other ? second : first, send)));
    const written = (): boolean => logs.every((line) => child.output.includes(line));
    for (let i = 0; i < 200 && !written(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    return { answers, output: child.output };
  } finally {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

t.test('every config has its requests', async (t) => {
  const files = readdirSync(FOLDER).map((f) => f.replace('.yaml', ''));
  t.same(files.sort(), Object.keys(CASES).sort());
});

t.test('each config loads, and its requests go through it', async (t) => {
  const upstream = await services();
  t.teardown(upstream.stop);
  for (const [name, one] of Object.entries(CASES)) {
    await t.test(name, async (t) => {
      const file = join(FOLDER, `${name}.yaml`);
      const beside = noEnvoy === null && one.old !== true;
      const [ours, theirs] = await Promise.all([
        play(envoyletCommand(), file, one, upstream),
        beside ? play([process.env['ENVOY_BIN'] ?? 'envoy'], file, one, upstream) : null,
      ]);
      one.requests.forEach(({ send, holds }, i) => {
        for (const text of holds)
          t.ok(ours.answers[i].includes(text), `${send.split('\r\n')[0]}: ${text}`, { got: ours.answers[i] });
      });
      for (const line of one.logs ?? []) t.ok(ours.output.includes(line), line, { output: ours.output });
      if (theirs === null) return;
      t.same(ours.answers, theirs.answers, 'as real Envoy');
      for (const line of one.logs ?? []) t.ok(theirs.output.includes(line), `Envoy: ${line}`);
    });
  }
});
