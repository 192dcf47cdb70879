import t from 'tap';
import { grpcService } from '../../src/grpc/service.ts';
import { StandingStream } from '../../src/grpc/standing-stream.ts';
import { cluster, TestProxy, until } from '../http/proxy.ts';
import { H2, http2Service } from '../support/http2-service.ts';

/** Field 1, and a text that is `who`. */
const IDENTIFIER = '\n\x03who';

t.test(
  'the first message of each stream says who sends it, and a stream that ended is followed by another',
  async (t) => {
    const streams: { text: string; end(): void }[] = [];
    const port = await http2Service(t, (stream) => {
      const seen = {
        text: '',
        end(): void {
          stream.end();
        },
      };
      streams.push(seen);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '8' }));
      stream.on('data', (chunk: Buffer) => {
        seen.text += chunk.toString('latin1');
      });
    });
    const p = await TestProxy.start({ clusters: [cluster('u', [port], H2)] });
    t.teardown(() => p.stop());
    const service = await grpcService({ envoyGrpc: { clusterName: 'u' } }, p.engine.context);
    const ends: number[] = [];
    const stream = new StandingStream(service, '/a.B/C', Buffer.from('who'), { timeoutMs: 0 }, (s) => ends.push(s));
    t.teardown(() => stream.close());
    const framed = (text: string): string => `\0\0\0\0${String.fromCharCode(text.length)}${text}`;

    for (const text of ['one', 'two']) {
      t.equal(stream.state(), 'open');
      stream.send(Buffer.from(text));
    }
    const first = framed(`${IDENTIFIER}one`) + framed('two');
    await until(() => streams[0]?.text.length === first.length);
    t.equal(streams[0].text, first);

    t.equal(stream.state(), 'open', 'a message is being made');
    streams[0].end();
    await until(() => ends.length === 1);
    t.strictSame(ends, [8]);
    t.equal(stream.state(), 'open');
    stream.send(Buffer.from('three'));
    const second = framed(`${IDENTIFIER}three`);
    await until(() => streams[1]?.text.length === second.length);
    t.equal(streams[1].text, second);
  },
);

t.test('without its cluster it is absent', async (t) => {
  const p = await TestProxy.start({ clusters: [] });
  t.teardown(() => p.stop());
  const service = await grpcService({ envoyGrpc: { clusterName: 'u' } }, p.engine.context);
  t.equal(new StandingStream(service, '/a.B/C', Buffer.from('who'), {}).state(), 'absent');
});
