/** What of one redis_proxy its sessions and its upstream connections read: settings, compiled once, and numbers. */

import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { Host } from '../upstream/host.ts';
import type { Credentials } from './auth.ts';
import type { CommandTable } from './command-table.ts';
import type { ExternalAuth } from './external-auth.ts';
import type { Faults } from './faults.ts';
import type { FragmentWriter } from './fragment-writer.ts';
import type { Redirects } from './redirects.ts';
import type { Requester, RequestRouter } from './request-router.ts';
import type { Routes } from './routes.ts';
import type { RedisClusterStats, RedisStats } from './stats.ts';
import type { Follower } from './top.ts';
import type { UpstreamClient } from './upstream-client.ts';

export interface ProxySettings {
  readonly commands: CommandTable;
  readonly stats: RedisStats;
  readonly routes: Routes;
  readonly credentials: Credentials;
  /** settings.op_timeout, ms. */
  readonly opTimeoutMs: number;
  /** settings.enable_hashtagging */
  readonly hashtags: boolean;
  /** Bytes a client may leave unread before the upstream that sends it is paused: per_connection_buffer_limit_bytes, as Envoy's watermark. */
  readonly unreadLimit: number;
  /** Error texts of 1.16 where the two differ. */
  readonly envoy16: boolean;
  readonly fragments: FragmentWriter;
  /** Clients connected to this event loop. */
  sessions: number;
  readonly isDraining: () => boolean;
  /** settings.enable_redirection; null: what hosts say of other hosts goes to the client. */
  readonly redirects: Redirects | null;
  /** The connection for the next request to `host`; null where none may be made now. */
  clientOf(host: Host): UpstreamClient | null;
  /** settings.connection_rate_limit: whether a connection to a host of this cluster may be made now. */
  mayConnect(cluster: ClusterInfo): boolean;
  readonly faults: Faults | null;
  /** Who is asked about AUTH in place of `credentials`. */
  readonly externalAuth: Pick<ExternalAuth, 'ask'> | null;
  /** settings.read_policy: its place in READ_POLICIES. */
  readonly readPolicy: number;
  /** A host of this cluster did not answer a request, or one that is degraded was chosen. */
  upstreamFailed(cluster: ClusterInfo): void;
  choseDegraded(cluster: ClusterInfo): void;
  /** What a new connection to this host says first; null for nothing. */
  greetings(host: Host): readonly Buffer[];
  /** Whether RESP3 is spoken with the hosts. */
  readonly resp3: boolean;
  /** A host does not speak it. */
  helloFailed(cluster: ClusterInfo): void;
  /** What a new client's requests go through. */
  requests(session: Requester): RequestRouter;
  /** Whoever is to be told of requests to a host of this cluster, in their order; null: nobody. */
  follow(cluster: ClusterInfo): Follower | null;
  /** Of a cluster that the routes name. */
  clusterStats(name: string): RedisClusterStats;
}
