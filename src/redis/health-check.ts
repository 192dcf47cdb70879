/**
 * The custom health check envoy.health_checkers.redis: PING is answered by PONG; with `key`, EXISTS of it by 0 (who sets the key takes the
 * host out). Its connections count among the cluster's, as Envoy's do. Mirrors RedisHealthChecker
 * (source/extensions/health_checkers/redis/redis.cc).
 */
import type { Redis } from '../config/schema/types.ts';
import { CONNECT_TIMEOUT, type Connection } from '../transport/connection.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import { CheckSession } from '../upstream/health/check-session.ts';
import type { CheckType, HealthChecker } from '../upstream/health/health-checker.ts';
import type { Host } from '../upstream/host.ts';
import {
  EXT_ORIGIN_REQUEST_FAILED,
  EXT_ORIGIN_REQUEST_SUCCESS,
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_TIMEOUT,
} from '../upstream/outlier/host-monitor.ts';

/** A reply that counts is a line; a host that sends more without a line's end has not answered. */
export const MAX_REDIS_ANSWER_BYTES = 1024;

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');

export function redisCheck(config: Redis): CheckType {
  const key = Buffer.from(config.key ?? '');
  const head = `*2\r\n$6\r\nEXISTS\r\n$${key.length}\r\n`;
  const request = key.length === 0 ? PING : Buffer.concat([Buffer.from(head), key, Buffer.from('\r\n')]);
  const wanted = key.length === 0 ? '+PONG' : ':0';
  return { session: (checker, host) => new RedisSession(checker, host, request, wanted) };
}

/** A Redis Cluster's word that the key is elsewhere: the host lives. */
const REDIRECTION = /^-(MOVED|ASK) [^ ]+ [^ ]+$/;

class RedisSession extends CheckSession {
  private readonly request: Buffer;
  private readonly wanted: string;
  private link: RedisLink | null = null;

  constructor(checker: HealthChecker, host: Host, request: Buffer, wanted: string) {
    super(checker, host);
    this.request = request;
    this.wanted = wanted;
  }

  protected check(): void {
    this.link ??= new RedisLink(this);
    this.link.ask(this.request);
  }
  protected abandon(): void {
    this.drop();
  }
  protected close(): void {
    this.drop();
  }
  private drop(): void {
    const { link } = this;
    this.link = null;
    link?.conn.close('noFlush');
  }

  answered(line: string): void {
    if (!this.checker.reusesConnection) this.drop();
    if (line.startsWith('-CLUSTERDOWN')) this.fail('NETWORK');
    else if (line === this.wanted || REDIRECTION.test(line)) this.succeed(false);
    else this.fail('ACTIVE');
  }
  lost(link: RedisLink, asked: boolean): void {
    if (this.link !== link) return;
    this.link = null;
    if (asked) this.fail('NETWORK');
  }
}

/** One connection of a session. */
class RedisLink implements ConnectionHandler {
  readonly conn: Connection;
  private readonly session: RedisSession;
  private readonly host: Host;
  private asked = false;
  private connected = false;
  private remoteEnded = false;
  private text = '';

  constructor(session: RedisSession) {
    this.session = session;
    this.host = session.host;
    const { stats } = this.host.cluster;
    stats.upstreamCxTotal.inc();
    stats.upstreamCxActive.inc();
    this.host.stats.cxTotal++;
    this.host.stats.cxActive++;
    this.conn = this.host.connect(this);
  }

  ask(request: Buffer): void {
    const { stats } = this.host.cluster;
    stats.upstreamRqTotal.inc();
    stats.upstreamRqActive.inc();
    this.host.stats.rqTotal++;
    this.host.stats.rqActive++;
    this.asked = true;
    this.conn.write(request);
  }

  private answeredOrLost(): void {
    this.asked = false;
    this.host.cluster.stats.upstreamRqActive.dec();
    this.host.stats.rqActive--;
  }

  onConnected(): void {
    this.connected = true;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS, 1);
  }

  onData(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    const end = this.text.indexOf('\r\n');
    if (!this.asked || !'+-:$*_#,'.includes(this.text[0]) || (end < 0 && this.text.length > MAX_REDIS_ANSWER_BYTES)) {
      this.host.cluster.stats.upstreamCxProtocolError.inc();
      this.host.stats.rqError++;
      this.host.monitor.putResult(EXT_ORIGIN_REQUEST_FAILED, 1);
      this.conn.close('noFlush');
      return;
    }
    if (end < 0) return;
    const line = this.text.slice(0, end);
    this.text = '';
    this.answeredOrLost();
    this.host.monitor.putResult(EXT_ORIGIN_REQUEST_SUCCESS, 1);
    this.session.answered(line);
  }
  onEnd(): void {
    this.remoteEnded = true;
    this.conn.close('noFlush');
  }

  onClose(local: boolean, error: string): void {
    const { stats } = this.host.cluster;
    const remote = !local || this.remoteEnded;
    const { asked } = this;
    stats.upstreamCxActive.dec();
    this.host.stats.cxActive--;
    stats.upstreamCxDestroy.inc();
    (remote ? stats.upstreamCxDestroyRemote : stats.upstreamCxDestroyLocal).inc();
    if (asked) {
      this.answeredOrLost();
      stats.upstreamCxDestroyWithActiveRq.inc();
      (remote ? stats.upstreamCxDestroyRemoteWithActiveRq : stats.upstreamCxDestroyLocalWithActiveRq).inc();
    }
    const { monitor } = this.host;
    if (!this.connected && error === CONNECT_TIMEOUT) monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    else if (asked && remote) monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    if (!this.connected) {
      this.host.stats.cxConnectFail++;
      stats.upstreamCxConnectFail.inc();
      if (error === CONNECT_TIMEOUT) stats.upstreamCxConnectTimeout.inc();
    }
    this.session.lost(this, asked);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
