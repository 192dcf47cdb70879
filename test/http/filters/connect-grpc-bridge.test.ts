/** envoy.filters.http.connect_grpc_bridge: what Envoy answers in any order, and hostile queries. All else is compared with Envoy: conformance connect-bridge/*. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { endOfStream, errorOf } from '../../../src/http/filters/connect-messages.ts';
import { get, until } from '../proxy.ts';
import { rig } from './rig.ts';

function trailers(...list: string[]): Headers {
  const h = new Headers();
  for (let i = 0; i < list.length; i += 2) h.add(list[i], list[i + 1]);
  return h;
}
const DETAILS = 'CAMSA2JhZBobChB0eXBlLnguY29tL2EuYi5DEgd4eXp4eXp4';

t.test('members of an error stand in one order (H221)', (t) => {
  const failed = trailers(
    'grpc-status',
    '3',
    'grpc-message',
    'no such',
    'grpc-status-details-bin',
    DETAILS,
    'x-b',
    '1',
    'x-a',
    '2',
    'x-b',
    '3',
  );
  const details = '[{"type":"type.x.com/a.b.C","value":"eHl6eHl6eA=="}]';
  const error = `{"code":"invalid_argument","message":"no such","details":${details}}`;
  t.equal(JSON.stringify(errorOf(failed)?.json), error);
  const frame = endOfStream(failed, true);
  t.equal(frame[0], 2);
  t.equal(frame.readUInt32BE(1), frame.length - 5);
  t.equal(frame.toString('utf8', 5), `{"error":${error},"metadata":{"x-a":["2"],"x-b":["1","3"]}}`);
  t.equal(
    endOfStream(trailers(), true).toString('utf8', 5),
    '{"error":{"code":"unknown"}}',
    'no status: the call did not go well',
  );
  t.end();
});

t.test('details that are no message are none', (t) => {
  for (const bytes of ['//8=', 'GgX/', '!', '']) {
    t.strictSame(errorOf(trailers('grpc-status', '5', 'grpc-status-details-bin', bytes))?.json, { code: 'not_found' });
  }
  t.end();
});

t.test('a query brings no line break into a header', async (t) => {
  const { p, seen } = await rig(t, 'connect_grpc_bridge.v3.FilterConfig', {});
  for (const query of ['encoding=a%0d%0ax-admin:%20yes', 'compression=a%0d%0ax-admin:%20yes', 'compression=%00']) {
    const c = p.connect();
    t.match((await c.send(get(`/s/m?connect=v1&${query}`)).message()).start, '400');
    c.close();
  }
  t.equal(seen(), '');
});

t.test('a client that leaves in the middle of a unary request lets go of it', async (t) => {
  const { p, seen } = await rig(t, 'connect_grpc_bridge.v3.FilterConfig', {});
  const c = p.connect();
  c.send(
    'POST /s/m HTTP/1.1\r\nhost: a\r\ncontent-type: application/proto\r\nconnect-protocol-version: 1\r\ncontent-length: 9\r\n\r\nabc',
  );
  await until(() => p.value('http.h.downstream_rq_active') === 1);
  c.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.notMatch(seen(), 'abc');
});
