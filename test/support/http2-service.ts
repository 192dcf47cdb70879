/** A service over HTTP/2 whose streams a test answers by hand, and what a cluster says to speak it. */
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Fields of a cluster. */
export const H2 = {
  typedExtensionProtocolOptions: new Map([
    [OPTIONS, { typeUrl: OPTIONS, value: { explicitHttpConfig: { http2ProtocolOptions: {} } } }],
  ]),
};

/** Its port; it ends with the test, and its sessions too. */
export async function http2Service(
  t: { teardown(fn: () => unknown): void },
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
): Promise<number> {
  const s = http2.createServer();
  const sessions: http2.ServerHttp2Session[] = [];
  s.on('session', (session) => sessions.push(session));
  s.on('stream', (stream, h) => {
    stream.on('error', () => {});
    onStream(stream, h);
  });
  s.listen(0, '127.0.0.1');
  await once(s, 'listening');
  t.teardown(() => {
    for (const session of sessions) session.destroy();
    s.close();
  });
  return (s.address() as AddressInfo).port;
}
