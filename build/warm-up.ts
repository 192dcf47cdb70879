/**
 * The requests that the demo answers before its bytecode is written: the first of each protocol compiles what a request needs, and after
 * `REQUESTS` of them V8 has noted of every function on the way that it is called often. That note is kept with the bytecode (its
 * profile-guided optimisation): such a function leaves the interpreter after a few calls instead of some hundred.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

/** Of each protocol. */
const REQUESTS = 2000;
const LANES = 4;

/** Where the demo listens. */
export interface WarmUpTargets {
  /** `host:port` of HTTP/1.1 and gRPC. */
  readonly http: string;
  readonly redisPort: number;
  readonly admin: string;
}

/** `HelloRequest { name: "Ada" }` as a gRPC message. */
const HELLO = Buffer.from('\0\0\0\0\x05\x0a\x03Ada', 'latin1');

/** Rejects at the first request that fails. */
export async function warmUp({ http, redisPort, admin }: WarmUpTargets): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  await lanes(() => get(agent, `http://${http}/hello`));
  agent.destroy();
  const session = connectHttp2(`http://${http}`);
  await lanes(() => call(session));
  session.close();
  await redis(redisPort);
  const pages = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const path of PAGES) for (let i = 0; i < SCRAPES; i++) await get(pages, `http://${admin}${path}`);
  pages.destroy();
}

/** What is asked for regularly, or is large. */
const PAGES = [
  '/ready',
  '/stats/prometheus',
  '/stats',
  '/stats?usedonly',
  '/stats?format=json',
  '/clusters',
  '/clusters?format=json',
  '/config_dump',
  '/listeners',
  '/server_info',
];
const SCRAPES = 3;

async function lanes(once: () => Promise<void>): Promise<void> {
  const lane = async () => {
    for (let i = 0; i < REQUESTS / LANES; i++) await once();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function get(agent: Agent, url: string): Promise<void> {
  const [response] = await once(request(url, { agent }).end(), 'response');
  if (response.statusCode !== 200) throw new Error(`GET ${url}: ${response.statusCode}`);
  await once(response.resume(), 'end');
}

async function call(session: ClientHttp2Session): Promise<void> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/demo.Greeter/SayHello',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const trailers = once(stream, 'trailers');
  stream.end(HELLO);
  stream.resume();
  const status = (await trailers)[0]['grpc-status'];
  if (status !== '0') throw new Error(`SayHello: grpc-status ${status}`);
}

/** GETs of a key that is not there, one after the other. */
async function redis(port: number): Promise<void> {
  const GET = '*2\r\n$3\r\nGET\r\n$1\r\nx\r\n';
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  for (let i = 0; i < REQUESTS; i++) {
    socket.write(GET);
    const [reply] = await once(socket, 'data');
    if (reply !== '$-1\r\n') throw new Error(`GET x: ${reply}`);
  }
  socket.destroy();
}
