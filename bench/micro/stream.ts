/**
 * A request through the connection manager and the router, over wires in memory: bytes of the client in, bytes to the client out. The
 * upstream is a pool that answers at once with headers made here, so neither its codec nor sockets count. Once with the router
 * alone, with grpc_http1_bridge before it, with CORS and gRPC-Web. `npm run bench:micro -- stream` prints CPU and bytes allocated per request.
 */

import { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { loadExtension } from '../../src/extension/load-extension.ts';
import { create } from '../../src/http/connection/connection-manager.ts';
import { Store } from '../../src/stats/store.ts';
import { Connection } from '../../src/transport/connection.ts';
import { ListenerDrain } from '../../src/transport/drain.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';
import type { Wire } from '../../src/transport/wire.ts';
import { ClusterControl } from '../../src/upstream/cluster-control.ts';
import { ClusterManager } from '../../src/upstream/cluster-manager.ts';
import type { MicroCase, Suite } from './harness.ts';

const HTTP = 'envoy.extensions.filters.http';
const ROUTER = { name: 'envoy.filters.http.router', typedConfig: { typeUrl: `${HTTP}.router.v3.Router`, value: {} } };
const BRIDGE = {
  name: 'envoy.filters.http.grpc_http1_bridge',
  typedConfig: { typeUrl: `${HTTP}.grpc_http1_bridge.v3.Config`, value: {} },
};

const CORS = { name: 'envoy.filters.http.cors', typedConfig: { typeUrl: `${HTTP}.cors.v3.Cors`, value: {} } };
const GRPC_WEB = {
  name: 'envoy.filters.http.grpc_web',
  typedConfig: { typeUrl: `${HTTP}.grpc_web.v3.GrpcWeb`, value: {} },
};

const ADDRESS = { text: '10.0.0.1:1234', ip: '10.0.0.1', port: 1234, path: '' };

/** Takes everything at once. */
class MemoryWire implements Wire {
  readonly keepsWrites = false;
  bytes = 0;
  readonly ready = true;
  readonly security = null;
  handOver(): void {}
  readStart(): void {}
  readStop(): void {}
  writeBuffer(data: Buffer): boolean {
    this.bytes += data.length;
    return true;
  }
  writeMany(chunks: Buffer[]): boolean {
    for (const c of chunks) this.bytes += c.length;
    return true;
  }
  unwritten(): number {
    return 0;
  }
  shutdown(): void {}
  close(): void {}
  reset(): void {}
  setKeepAlive(): void {}
  remoteAddress(): never {
    return ADDRESS as never;
  }
  localAddress(): never {
    return ADDRESS as never;
  }
}

const BODY = Buffer.alloc(128, 120);
/** Made anew for each answer, as the codec does. */
const ANSWER = ['content-type', 'text/plain', 'content-length', '128', 'x-powered-by', 'bench'];
const GRPC_ANSWER = ['content-type', 'application/grpc'];
const GRPC_TRAILERS = ['grpc-status', '0', 'grpc-message', ''];

/** The one stream of a host that answers as soon as the request is whole. */
class Answering implements StreamEncoder {
  decoder: StreamDecoder | null = null;
  meter = null;
  grpc = false;
  encode1xx(): void {}
  encodeHeaders(_h: Headers, end: boolean): void {
    if (end) this.answer();
  }
  encodeData(_d: Buffer, end: boolean): void {
    if (end) this.answer();
  }
  encodeTrailers(): void {
    this.answer();
  }
  reset(): void {}
  readDisable(): void {}
  private answer(): void {
    const decoder = this.decoder as StreamDecoder;
    const h = new Headers();
    h.status = 200;
    h.unchecked = (this.grpc ? GRPC_ANSWER : ANSWER).slice();
    decoder.onHeaders(h, false);
    decoder.onData(BODY, !this.grpc);
    if (this.grpc) {
      const t = new Headers();
      t.unchecked = GRPC_TRAILERS.slice();
      decoder.onTrailers(t);
    }
  }
}

async function proxy(
  filters: object[],
  grpc: boolean,
  more: object,
): Promise<{ connection: Connection; wire: MemoryWire }> {
  const store = new Store();
  const clusters = new ClusterManager(store);
  const control = new ClusterControl(store, clusters);
  const endpoint = { address: { socketAddress: { address: '127.0.0.1', portValue: 1 } } };
  control.loadStatic([{ name: 'u', loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint }] }] } }]);
  await control.initialize();
  const encoder = new Answering();
  encoder.grpc = grpc;
  const client = { countReset(): void {} };
  const pool = {
    newStream(decoder: StreamDecoder, callbacks: { onPoolReady(e: StreamEncoder, c: unknown): void }): null {
      encoder.decoder = decoder;
      callbacks.onPoolReady(encoder, client);
      return null;
    },
  };
  const host = clusters.get('u')?.hosts[0] as unknown as { pools: unknown };
  host.pools = { get: () => pool, drain(): void {} };
  const routeConfig = {
    virtualHosts: [
      { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u', ...more } }] },
    ],
  };
  const ctx = {
    store,
    clusters,
    localInfo: { nodeId: 'n', nodeCluster: 'c', zone: '' },
    envoy16: false,
    drain: new ListenerDrain(),
    secrets: () => Promise.reject(new Error('none')),
    asyncClient: () => {
      throw new Error('none');
    },
    refreshCluster: () => {},
    loadExtension,
    listenerScopePrefix: 'listener.l.',
    listenerName: 'l',
    filterChainName: '',
    bufferLimitBytes: 1 << 20,
  };
  const manager = await create({ statPrefix: 'h', routeConfig, httpFilters: filters as never }, ctx);
  const nobody = {} as ConnectionHandler;
  const connection = new Connection(nobody, 1 << 20);
  const wire = new MemoryWire();
  connection.attach(wire, false);
  manager.onConnection(connection);
  return { connection, wire };
}

const GET = 'GET /a/b HTTP/1.1\r\nhost: example.com\r\nuser-agent: bench\r\naccept: */*\r\n\r\n';
const CALL =
  'POST /pkg.Service/Do HTTP/1.1\r\nhost: example.com\r\ncontent-type: application/grpc\r\ncontent-length: 8\r\n\r\n12345678';

async function stream(
  name: string,
  filters: object[],
  request: string,
  grpc: boolean,
  route: object = {},
): Promise<MicroCase> {
  const { connection, wire } = await proxy(filters, grpc, route);
  const chunk = Buffer.from(request, 'latin1');
  return {
    name,
    perCall: 1,
    run: () => {
      const before = wire.bytes;
      connection.wireData(chunk);
      // Turns that end would allocate promises here.
      connection.flush();
      if (wire.bytes - before < 128) throw new Error('no answer');
    },
  };
}

const RETRIES = { retryPolicy: { retryOn: '5xx,reset', numRetries: 3 } };

export const suite: Suite = {
  name: 'stream',
  unit: 'request (HTTP/1.1 bytes in, connection manager, filters, answering pool, bytes out)',
  bytes: true,
  cases: async () => [
    await stream('router alone', [ROUTER], GET, false),
    await stream('router alone, a retry policy that is not needed', [ROUTER], GET, false, RETRIES),
    await stream('router alone, gRPC over HTTP/1.1', [ROUTER], CALL, true),
    await stream('bridge + router', [BRIDGE, ROUTER], CALL, true),
    await stream('bridge + router, nothing to bridge', [BRIDGE, ROUTER], GET, false),
    await stream('CORS + gRPC-Web + router, nothing for either', [CORS, GRPC_WEB, ROUTER], GET, false),
  ],
};
