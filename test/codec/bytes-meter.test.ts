/** What a stream's meter counts is what crosses the wire; sizes beside Envoy's are in conformance/cases/access-log/bytes*.yaml. */
import t from 'tap';
import { BytesMeter } from '../../src/codec/bytes-meter.ts';
import { Headers } from '../../src/codec/headers.ts';
import type { StreamEncoder } from '../../src/codec/http.ts';
import { Http1ServerCodec } from '../../src/codec/http1/server.ts';
import { http1Settings } from '../../src/codec/http1/settings.ts';
import { TestOutput, TestStream } from './http1/fixtures.ts';
import { Pair, request, response } from './http2/pair.ts';

t.test('HTTP/2: what one side counts as sent, the other counts as received, whatever the frames', async (t) => {
  for (const large of [false, true]) {
    const pair = new Pair({ initialStreamWindowSize: 65_535, maxHeadersBytes: 100_000 });
    const mine = new BytesMeter();
    const theirs = new BytesMeter();
    pair.onRequest = (r) => {
      (r.encoder as StreamEncoder).meter = theirs;
    };
    const fields = large ? ['x-large', 'v'.repeat(50_000)] : ['x-small', 'v'];
    const client = pair.client.newStream(new TestStream());
    client.meter = mine;
    client.encodeHeaders(request('POST', '/', fields), false);
    client.encodeData(Buffer.alloc(100_000, 'x'), false);
    client.encodeTrailers(trailer());
    pair.settle(1000);
    const server = pair.requests[0].encoder as StreamEncoder;
    server.encodeHeaders(response(200, fields), false);
    server.encodeData(Buffer.alloc(5), false);
    server.encodeTrailers(trailer());
    pair.settle(1000);
    t.equal(theirs.wireReceived, mine.wireSent);
    t.equal(theirs.headerReceived, mine.headerSent);
    t.equal(theirs.plainReceived, mine.plainSent);
    t.equal(mine.wireReceived, theirs.wireSent);
    t.equal(mine.headerReceived, theirs.headerSent);
    t.equal(mine.plainReceived, theirs.plainSent);
    // Window updates of the request's stream are among what the server sent.
    t.ok(theirs.wireSent > theirs.headerSent + 9 + 5);
    t.equal((theirs.wireSent - theirs.headerSent - 14) % 13, 0);
  }
});

t.test('HTTP/2: a reset is thirteen bytes of its stream', async (t) => {
  const pair = new Pair();
  const mine = new BytesMeter();
  const theirs = new BytesMeter();
  pair.onRequest = (r) => {
    (r.encoder as StreamEncoder).meter = theirs;
  };
  const client = pair.client.newStream(new TestStream());
  client.meter = mine;
  client.encodeHeaders(request('GET', '/'), false);
  client.reset('local reset');
  pair.settle();
  t.equal(mine.wireSent, mine.headerSent + 13);
  t.equal(theirs.wireReceived, mine.wireSent);
});

t.test('HTTP/1: all that is read and written belongs to the one stream', async (t) => {
  const out = new TestOutput();
  let encoder: StreamEncoder | null = null;
  let meter = new BytesMeter();
  const codec = new Http1ServerCodec(
    out,
    {
      newStream: (e) => {
        encoder = e;
        meter = e.meter = new BytesMeter();
        return new TestStream();
      },
      onGoAway: () => {},
      onHeldInput: () => {},
    },
    http1Settings({ enableTrailers: true }),
  );
  const input = 'POST / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding:  chunked \r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  for (const piece of [1, 7, 1000]) {
    for (let i = 0; i < input.length; i += piece) codec.dispatch(Buffer.from(input.slice(i, i + piece)));
    const e = encoder as unknown as StreamEncoder;
    const interim = new Headers();
    interim.status = 103;
    interim.list = ['link', 'x'];
    e.encode1xx(interim);
    e.encodeHeaders(response(200, ['x-a', 'b']), false);
    e.encodeData(Buffer.alloc(17), false);
    e.encodeTrailers(trailer());
    const sent = out.take();
    t.equal(meter.wireReceived, input.length);
    t.equal(meter.headerReceived, 'host:a\r\ntransfer-encoding:chunked\r\n'.length);
    t.equal(meter.wireSent, sent.length);
    t.equal(meter.headerSent, 'link: x\r\nx-a: b\r\ntransfer-encoding: chunked\r\nx-t: 1\r\n'.length);
  }
});

function trailer(): Headers {
  const h = new Headers();
  h.list = ['x-t', '1'];
  return h;
}
