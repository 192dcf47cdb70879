/**
 * Makes requests of our own to a cluster, through the same router as a client's, over the same pools: with the cluster's balancing, circuit
 * breakers and statistics. Nothing is queued here that a pool would not queue. Role of Envoy's AsyncClientImpl
 * (source/common/http/async_client_impl.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import type { ServerContext } from '../../extension/context.ts';
import { heldMemory } from '../../platform/held-memory.ts';
import {
  type AsyncCallbacks,
  type AsyncClient,
  type AsyncDone,
  type AsyncFailure,
  type AsyncOptions,
  type AsyncRequest,
  type AsyncRetry,
  type CallSpan,
  DEFAULT_MAX_RESPONSE_BYTES,
} from '../../upstream/async.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { ClusterLookup } from '../../upstream/cluster-ref.ts';
import { localIp } from '../headers/forwarding.ts';
import type { Route } from '../route/route.ts';
import { NO_BUILD } from '../route/route-context.ts';
import { VirtualHost } from '../route/virtual-host.ts';
import { OwnStream } from './own-stream.ts';
import { type RouterSettings, RouterStats } from './router-settings.ts';

export class Client implements AsyncClient {
  private readonly settings: RouterSettings;
  private readonly clusters: ClusterLookup;
  private readonly address: () => string;
  /** Everything to this cluster that is tried once. As long as the cluster is held by anybody. */
  private readonly routes = new WeakMap<ClusterInfo, Route>();
  /** And what is tried again. */
  private readonly retried = new WeakMap<AsyncRetry, WeakMap<ClusterInfo, Route>>();

  constructor(ctx: ServerContext, more: { suppressEnvoyHeaders: boolean; dynamicStats: boolean }) {
    this.clusters = ctx.clusters;
    this.address = localIp[ctx.localInfo.ipVersion ?? 'v4'];
    const stats = new RouterStats(ctx.store.scope('http.async-client.'));
    this.settings = {
      ...more,
      clusters: ctx.clusters,
      envoy16: ctx.envoy16,
      stats,
      client: this,
      upstreamLogs: null,
      sheds: null,
    };
  }

  send(cluster: Cluster, head: Headers, body: Buffer | null, options: AsyncOptions, done: AsyncDone): AsyncRequest {
    const whole = new WholeResponse(options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES, done);
    const { span } = options;
    if (span !== undefined) {
      const name = `async ${cluster.info.name} egress`;
      whole.span = span.parent.traceCall(span, name, head, this.settings.envoy16);
    }
    const ends = body === null || body.length === 0;
    if (!ends) head.setUnchecked('content-length', String(body.length));
    const stream = this.start(cluster, head, ends, options, whole);
    whole.stream = stream;
    if (!ends) stream.sendData(body, true);
    return whole;
  }

  start(
    cluster: Cluster,
    head: Headers,
    endStream: boolean,
    options: AsyncOptions,
    callbacks: AsyncCallbacks,
  ): OwnStream {
    if (options.skipEnvoyHeaders !== true) {
      // As Envoy: it is one of ours, and was sent by this address.
      head.setUnchecked('x-envoy-internal', 'true');
      if (options.skipForwardedFor !== true) {
        const before = head.getAll('x-forwarded-for');
        head.setUnchecked('x-forwarded-for', before === undefined ? this.address() : `${before},${this.address()}`);
      }
    }
    const stream = new OwnStream(this.settings, this.routeTo(cluster, options.retry), head, options, callbacks);
    stream.start(endStream);
    return stream;
  }

  private routesOf(retry: AsyncRetry | undefined): WeakMap<ClusterInfo, Route> {
    if (retry === undefined) return this.routes;
    let routes = this.retried.get(retry);
    if (routes === undefined) {
      routes = new WeakMap();
      this.retried.set(retry, routes);
    }
    return routes;
  }

  private routeTo(cluster: Cluster, retry: AsyncRetry | undefined): Route {
    const routes = this.routesOf(retry);
    let route = routes.get(cluster.info);
    if (route === undefined) {
      const retryPolicy = retry === undefined ? {} : { retryPolicy: retry };
      const config = { match: { prefix: '' }, route: { cluster: cluster.info.name, timeout: 0, ...retryPolicy } };
      const host = new VirtualHost(
        { name: 'own', routes: [config] },
        {},
        {
          ...NO_BUILD,
          clusters: this.clusters,
        },
      );
      route = host.routes[0];
      routes.set(cluster.info, route);
    }
    return route;
  }
}

/** Collects a response. */
class WholeResponse implements AsyncCallbacks, AsyncRequest {
  stream: OwnStream | null = null;
  span: CallSpan | null = null;
  private readonly limit: number;
  private readonly done: AsyncDone;
  private headers: Headers | null = null;
  private body: Buffer[] = [];
  private bytes = 0;

  constructor(limit: number, done: AsyncDone) {
    this.limit = limit;
    this.done = done;
  }

  cancel(): void {
    this.endSpan('canceled');
    this.take();
    this.stream?.cancel();
  }

  onHeaders(headers: Headers, endStream: boolean): void {
    this.headers = headers;
    if (endStream) this.finish(null);
  }
  onData(data: Buffer, endStream: boolean): void {
    if (this.bytes + data.length > this.limit) {
      this.endSpan('reset');
      this.cancel();
      this.fail('too large');
      return;
    }
    this.body.push(data);
    this.bytes += data.length;
    heldMemory.add(data.length);
    if (endStream) this.finish(null);
  }
  onTrailers(trailers: Headers): void {
    this.finish(trailers);
  }
  onReset(): void {
    this.endSpan('reset');
    this.take();
    this.fail('reset');
  }
  /** The body of the request is there already: nobody to pause. */
  onPause(): void {}

  private finish(trailers: Headers | null): void {
    const headers = this.headers as Headers;
    this.endSpan('answered');
    this.done({ headers, body: this.take(), trailers }, null);
  }
  private fail(why: AsyncFailure): void {
    this.done(null, why);
  }

  private endSpan(how: Parameters<CallSpan['end']>[0]): void {
    const { span, stream } = this;
    this.span = null;
    if (span !== null && stream !== null) span.end(how, stream.info);
  }

  private take(): Buffer {
    const { body, bytes } = this;
    heldMemory.add(-bytes);
    this.body = [];
    this.bytes = 0;
    return body.length === 1 ? body[0] : Buffer.concat(body, bytes);
  }
}

const clients = new WeakMap<ClusterLookup, Client>();

/** The client of this event loop. Asked for once, when a filter is built. */
export function asyncClient(ctx: ServerContext): AsyncClient {
  let client = clients.get(ctx.clusters);
  if (client === undefined) {
    client = new Client(ctx, { suppressEnvoyHeaders: false, dynamicStats: true });
    clients.set(ctx.clusters, client);
  }
  return client;
}
