// A connection with a codec that belongs to no pool: what health checks and tunnels will have. The checker here lives in this test only.
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { ClientCodec, ResetReason, StreamDecoder } from '../../../src/codec/http.ts';
import { logger } from '../../../src/log/logger.ts';
import type { Host } from '../../../src/upstream/host.ts';
import { codecsOf } from '../../../src/upstream/pools/client-codecs.ts';
import { CodecClient, type LostReason } from '../../../src/upstream/pools/codec-client.ts';
import { answering, deadPort, OK, Upstream, until } from '../../http/proxy.ts';
import { NOTHING, Rig } from './requests.ts';

logger('upstream').level = 6;
logger('client').level = 6;

class Checker extends CodecClient {
  readonly log: string[] = [];
  done = false;

  constructor(host: Host) {
    super(host, null);
  }
  protected makeCodec(): ClientCodec {
    return codecsOf(this.host.cluster).http1(this.connection, this);
  }
  protected onReady(): void {
    this.check();
  }
  check(): void {
    const h = new Headers();
    h.method = 'GET';
    h.path = '/healthz';
    h.authority = 'health';
    h.scheme = 'http';
    this.newStream(new Answer(this.log)).encodeHeaders(h, true);
  }
  protected onStreamOver(): void {
    this.log.push(`over ${this.active}`);
  }
  protected onBroken(reason: LostReason, defect: boolean): void {
    this.log.push(`broken ${reason}${defect ? ' defect' : ''}`);
  }
  protected onGone(remote: boolean, error: string): void {
    this.loseStreams('connection termination');
    this.log.push(`gone ${remote ? 'remote' : 'local'} ${error}`.trim());
    this.done = true;
  }
  onGoAway(): void {}
  onMaxStreamsChanged(): void {}
}

class Answer implements StreamDecoder {
  private readonly log: string[];
  constructor(log: string[]) {
    this.log = log;
  }
  on1xx(): void {}
  onHeaders(h: Headers): void {
    this.log.push(String(h.status));
  }
  onData(): void {}
  onTrailers(): void {}
  onReset(reason: ResetReason): void {
    this.log.push(`reset ${reason}`);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

/** Nothing a pool counts. */
function untouched(r: Rig): Record<string, number> {
  return {
    ...r.values(
      'upstream_cx_total',
      'upstream_cx_http1_total',
      'upstream_rq_total',
      'upstream_cx_connect_fail',
      'upstream_cx_destroy',
    ),
    cxTotal: r.host.stats.cxTotal,
    rqTotal: r.host.stats.rqTotal,
  };
}
const ZERO = {
  upstream_cx_total: 0,
  upstream_cx_http1_total: 0,
  upstream_rq_total: 0,
  upstream_cx_connect_fail: 0,
  upstream_cx_destroy: 0,
  cxTotal: 0,
  rqTotal: 0,
};

t.test('requests go over it one after the other, and count for nobody', async (t) => {
  const u = await Upstream.start(answering(OK));
  const r = await Rig.start(u.port, false);
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  const c = new Checker(r.host);
  await until(() => c.log.length === 2);
  c.check();
  await until(() => c.log.length === 4);
  c.connection.close('noFlush');
  t.same(c.log, ['200', 'over 0', '200', 'over 0', 'gone local']);
  t.equal(u.accepted.length, 1);
  t.same(untouched(r), ZERO);
  t.same(r.idle(), NOTHING);
});

t.test('a host that cannot be reached, closes, or talks rubbish: told once, and what ran is lost', async (t) => {
  const dead = await Rig.start(await deadPort(), false);
  const u = await Upstream.start((p, i) => {
    p.socket.once('data', () => (i === 0 ? p.close() : p.send('rubbish\r\n\r\n')));
  });
  const r = await Rig.start(u.port, false);
  t.teardown(() => {
    dead.stop();
    r.stop();
    u.stop();
  });
  const a = new Checker(dead.host);
  await until(() => a.done);
  t.same(a.log, ['gone remote ECONNREFUSED']);
  const b = new Checker(r.host);
  await until(() => b.done);
  t.match(b.log.join(), /^reset connection termination,over 0,gone remote/);
  const c = new Checker(r.host);
  await until(() => c.done);
  t.same(c.log, ['broken protocol error', 'reset protocol error', 'over 0', 'gone local']);
  t.same(untouched(dead), ZERO);
  t.same(untouched(r), ZERO);
});
