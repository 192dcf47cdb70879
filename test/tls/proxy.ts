/** A proxy whose listener speaks TLS, clients of it, and hosts. */
import type * as net from 'node:net';
import * as tls from 'node:tls';
import type {
  Cluster,
  DownstreamTlsContext,
  FilterChain,
  TransportSocket,
  UpstreamTlsContext,
} from '../../src/config/schema/types.ts';
import { OK, Peer, type ProxyConfig, ROUTER, TestProxy } from '../http/proxy.ts';
import { certificates, pem } from '../support/certificates.ts';

const TYPE = 'envoy.extensions';
const FILTERS = `${TYPE}.filters.network`;

export const file = (name: string): { filename: string } => ({ filename: `${certificates()}/${name}` });
export const pair = (name: string): { certificateChain: object; privateKey: object } => ({
  certificateChain: file(`${name}.pem`),
  privateKey: file(`${name}.key`),
});

export const ECHO_ROUTES = {
  routeConfig: {
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          { match: { prefix: '/up' }, route: { cluster: 'u' } },
          { match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: 'ok' } } },
        ],
      },
    ],
  },
};

export function tlsChain(
  context: DownstreamTlsContext,
  more: Partial<FilterChain> = {},
  hcm: object = {},
): FilterChain {
  const value = { statPrefix: 'h', httpFilters: [ROUTER], ...ECHO_ROUTES, ...hcm };
  return {
    transportSocket: {
      name: 'envoy.transport_sockets.tls',
      typedConfig: { typeUrl: `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`, value: context },
    },
    filters: [
      {
        name: 'envoy.filters.network.http_connection_manager',
        typedConfig: { typeUrl: `${FILTERS}.http_connection_manager.v3.HttpConnectionManager`, value },
      },
    ],
    ...more,
  };
}

export function startTls(
  context: DownstreamTlsContext,
  more: Partial<FilterChain> = {},
  config: ProxyConfig = {},
): Promise<TestProxy> {
  return TestProxy.start({ ...config, listener: { filterChains: [tlsChain(context, more)], ...config.listener } });
}

/** A TLS client; `error` of the peer where the handshake failed. */
export class TlsPeer extends Peer {
  declare readonly socket: tls.TLSSocket;
  readonly secured: Promise<boolean>;
  session: Buffer | undefined;

  constructor(port: number, options: tls.ConnectionOptions = {}) {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    super(socket as unknown as net.Socket);
    socket.on('session', (s) => {
      this.session = s;
    });
    this.secured = new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
  }
}

export const clientCertificate = (name: string): { cert: Buffer; key: Buffer } => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
});

/** What a cluster says to speak TLS to its hosts. */
export const upstreamTls = (value: UpstreamTlsContext): TransportSocket => ({
  name: 'envoy.transport_sockets.tls',
  typedConfig: { typeUrl: `${TYPE}.transport_sockets.tls.v3.UpstreamTlsContext`, value },
});

/** A host that speaks TLS, with the server's certificate where it is told no other; unless `onSocket` does otherwise it answers all that comes. */
export function tlsServer(
  options: tls.TlsOptions = {},
  onSocket: (s: tls.TLSSocket) => void = (s) => s.on('data', () => s.write(OK)),
): tls.Server {
  const server = tls.createServer({ ...clientCertificate('server'), ...options }, (s) => {
    s.on('error', () => {});
    onSocket(s);
  });
  server.on('tlsClientError', () => {});
  return server;
}

export type { Cluster };
