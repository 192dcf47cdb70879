/** A connection manager that traces to a collector of ours. What imports it has the time in its hands: support/manual-time.ts comes first. */
import type { HttpConnectionManager } from '../../src/config/schema/types.ts';
import { answering, cluster, get, OK, type Peer, TestProxy, Upstream } from '../http/proxy.ts';

export { create } from '../../src/tracers/zipkin.ts';
export { load } from '../config/harness.ts';
export { turns, until } from '../http/proxy.ts';

export type Test = { teardown(fn: () => unknown): void };
export const ACCEPTED = 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n';
export const ZIPKIN = 'envoy.config.trace.v3.ZipkinConfig';

export interface Rig {
  readonly p: TestProxy;
  /** What the collector was sent. */
  readonly reports: string[];
  readonly upstream: Upstream;
}

/** `collector`: what it does with a connection. */
export async function rig(
  t: Test,
  collector: (peer: Peer) => void,
  more: Partial<HttpConnectionManager> = {},
  envoy16 = false,
): Promise<Rig> {
  const upstream = await Upstream.start(answering(OK));
  const reports: string[] = [];
  const zipkin = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      for (let at = peer.text.indexOf('\r\n0\r\n\r\n'); at >= 0; at = peer.text.indexOf('\r\n0\r\n\r\n')) {
        reports.push(peer.text.slice(0, at));
        peer.text = peer.text.slice(at + 7);
        collector(peer);
      }
    });
  });
  const value = {
    collectorCluster: 'zipkin',
    collectorEndpoint: '/spans',
    ...(envoy16 ? {} : { collectorEndpointVersion: 'HTTP_JSON' }),
  };
  const p = await TestProxy.start({
    hcm: {
      tracing: { provider: { name: 'z', typedConfig: { typeUrl: ZIPKIN, value } } },
      ...more,
    } as HttpConnectionManager,
    clusters: [cluster('u', [upstream.port]), cluster('zipkin', [zipkin.port])],
    envoy16,
  });
  t.teardown(() => {
    p.stop();
    upstream.stop();
    zipkin.stop();
  });
  return { p, reports, upstream };
}

export async function ask(p: TestProxy, times: number, more = ''): Promise<void> {
  const client = p.connect();
  for (let i = 0; i < times; i++) {
    client.send(get('/', more));
    if (!(await client.message()).start.endsWith('200 OK')) throw new Error('no answer');
  }
  client.close();
}
export const spansOf = (report: string): { [name: string]: unknown }[] =>
  JSON.parse(/\r\n(\[.*\])$/s.exec(report)?.[1] ?? 'null') as { [name: string]: unknown }[];
