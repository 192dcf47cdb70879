import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import {
  CONTINUE,
  type FilterStatus,
  type HttpFilter,
  STOP_AND_BUFFER,
  STOP_ITERATION,
  STOP_NO_BUFFER,
} from '../../../src/http/stream/filter.ts';
import { FilterChain } from '../../../src/http/stream/filter-chain.ts';

/** What came out of a chain or went into a filter, in order: `H`, `D:text`, `T`, with `!` for the end of the message. */
type Log = string[];

interface Script {
  headers?: FilterStatus;
  /** Answers to data calls in turn; the last one repeats. */
  data?: FilterStatus[];
  trailers?: FilterStatus;
}

class Scripted implements HttpFilter {
  readonly log: Log;
  private readonly name: string;
  private readonly script: Script;
  private calls = 0;
  constructor(name: string, log: Log, script: Script) {
    this.name = name;
    this.log = log;
    this.script = script;
  }
  private onHeaders(end: boolean): FilterStatus {
    this.log.push(`${this.name}H${end ? '!' : ''}`);
    return this.script.headers ?? CONTINUE;
  }
  private onData(d: Buffer, end: boolean): FilterStatus {
    this.log.push(`${this.name}D:${d}${end ? '!' : ''}`);
    const data = this.script.data ?? [CONTINUE];
    return data[Math.min(this.calls++, data.length - 1)];
  }
  private onTrailers(): FilterStatus {
    this.log.push(`${this.name}T`);
    return this.script.trailers ?? CONTINUE;
  }
  decodeHeaders = (_h: Headers, end: boolean): FilterStatus => this.onHeaders(end);
  encodeHeaders = (_h: Headers, end: boolean): FilterStatus => this.onHeaders(end);
  decodeData = (d: Buffer, end: boolean): FilterStatus => this.onData(d, end);
  encodeData = (d: Buffer, end: boolean): FilterStatus => this.onData(d, end);
  decodeTrailers = (): FilterStatus => this.onTrailers();
  encodeTrailers = (): FilterStatus => this.onTrailers();
}

class Rig {
  readonly log: Log = [];
  readonly chain: FilterChain;
  onOverflow: () => void = () => {};
  constructor(decode: boolean, limit: number, ...scripts: (Script | null)[]) {
    const filters = scripts.map((s, i) => (s === null ? null : new Scripted(String(i), this.log, s)));
    const sink = {
      chainHeaders: (_h: Headers, end: boolean): unknown => this.log.push(`>H${end ? '!' : ''}`),
      chainData: (d: Buffer, end: boolean): unknown => this.log.push(`>D:${d}${end ? '!' : ''}`),
      chainTrailers: (): unknown => this.log.push('>T'),
      chainOverflow: (): void => {
        this.log.push('>overflow');
        this.onOverflow();
      },
    };
    this.chain = new FilterChain(filters, decode, sink as never, limit);
  }
  headers(end = false): this {
    this.chain.onHeaders(new Headers(), end);
    return this;
  }
  data(text: string, end = false): this {
    this.chain.onData(Buffer.from(text), end);
    return this;
  }
  trailers(): this {
    this.chain.onTrailers(new Headers());
    return this;
  }
  /** What happened since it was asked last. */
  take(): string {
    const text = this.log.join(' ');
    this.log.length = 0;
    return text;
  }
}

for (const decode of [true, false]) {
  const way = decode ? 'decode' : 'encode';
  const rig = (...scripts: (Script | null)[]): Rig => new Rig(decode, 1000, ...scripts);

  t.test(`${way}: everything continues`, (t) => {
    t.equal(rig({}, {}).headers(true).take(), '0H! 1H! >H!');
    t.equal(rig({}, {}).headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 1D:a >D:a 0D:b! 1D:b! >D:b!');
    t.equal(rig({}, null, {}).headers().data('a').trailers().take(), '0H 2H >H 0D:a 2D:a >D:a 0T 2T >T');
    t.end();
  });

  t.test(`${way}: stopped at headers, data comes to the filter, going on later`, (t) => {
    const r = rig({ headers: STOP_ITERATION, data: [STOP_AND_BUFFER] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 0D:a 0D:b!');
    r.chain.continueFrom(0);
    t.equal(r.take(), '1H >H 1D:ab! >D:ab!');
    t.end();
  });

  t.test(`${way}: a filter without data methods holds the body while it is stopped at headers`, (t) => {
    const log: Log = [];
    const stopping: HttpFilter = decode
      ? { decodeHeaders: () => STOP_ITERATION }
      : { encodeHeaders: () => STOP_ITERATION };
    const sink = {
      chainHeaders: (_h: Headers, end: boolean) => log.push(`>H${end ? '!' : ''}`),
      chainData: (d: Buffer, end: boolean) => log.push(`>D:${d}${end ? '!' : ''}`),
      chainTrailers: () => log.push('>T'),
      chainOverflow: () => {},
    };
    const chain = new FilterChain([stopping], decode, sink as never, 1000);
    chain.onHeaders(new Headers(), false);
    chain.onData(Buffer.from('a'), false);
    chain.onData(Buffer.from('b'), true);
    t.same(log, []);
    chain.continueFrom(0);
    t.same(log, ['>H', '>D:ab!']);
    t.end();
  });

  t.test(`${way}: headers alone, stopped and let go, keep their end`, (t) => {
    const r = rig({ headers: STOP_ITERATION }, {}).headers(true);
    r.chain.continueFrom(0);
    t.equal(r.take(), '0H! 1H! >H!');
    r.chain.continueFrom(0);
    t.equal(r.take(), '', 'going on twice does nothing');
    t.end();
  });

  t.test(`${way}: CONTINUE from a data call lets go of the headers and what is held`, (t) => {
    const r = rig({ headers: STOP_ITERATION, data: [STOP_AND_BUFFER, CONTINUE] }, {});
    t.equal(r.headers().data('a').take(), '0H 0D:a');
    t.equal(r.data('b').take(), '0D:b 1H >H 1D:ab >D:ab');
    t.equal(r.data('c', true).take(), '0D:c! 1D:c! >D:c!');
    t.end();
  });

  t.test(`${way}: STOP_NO_BUFFER drops what it was given`, (t) => {
    const r = rig({ data: [STOP_NO_BUFFER, CONTINUE] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 0D:b! 1D:b! >D:b!');
    t.end();
  });

  t.test(`${way}: STOP_AND_BUFFER at headers asks for nothing more until it goes on`, (t) => {
    const r = rig({ headers: STOP_AND_BUFFER }, {});
    t.equal(r.headers().data('a').data('b').trailers().take(), '0H');
    r.chain.continueFrom(0);
    t.equal(r.take(), '1H >H 1D:ab >D:ab 1T >T');
    t.end();
  });

  t.test(`${way}: trailers end a hold`, (t) => {
    const r = rig({ headers: STOP_ITERATION, data: [STOP_AND_BUFFER] }, {});
    t.equal(r.headers().data('a').trailers().take(), '0H 0D:a 0T 1H >H 1D:a >D:a 1T >T');
    t.end();
  });

  t.test(`${way}: stopped at trailers`, (t) => {
    const r = rig({ trailers: STOP_ITERATION }, {});
    t.equal(r.headers().data('a').trailers().take(), '0H 1H >H 0D:a 1D:a >D:a 0T');
    r.chain.continueFrom(0);
    t.equal(r.take(), '1T >T');
    t.end();
  });

  t.test(`${way}: the second filter stops, the first has passed`, (t) => {
    const r = rig({}, { headers: STOP_ITERATION, data: [STOP_AND_BUFFER] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H 0D:a 1D:a 0D:b! 1D:b!');
    r.chain.continueFrom(1);
    t.equal(r.take(), '2H >H 2D:ab! >D:ab!');
    t.end();
  });

  t.test(`${way}: more than the limit is an overflow, once, and nothing is delivered behind it`, (t) => {
    for (const last of [STOP_AND_BUFFER, CONTINUE] as const) {
      const r = new Rig(decode, 4, { headers: STOP_ITERATION, data: [STOP_AND_BUFFER, STOP_AND_BUFFER, last] }, {});
      r.onOverflow = () => r.chain.destroy();
      t.equal(r.headers().data('ab').data('cd').take(), '0H 0D:ab 0D:cd', 'exactly the limit is fine');
      t.equal(r.data('e').take(), '0D:e >overflow');
      r.chain.continueFrom(0);
      t.equal(r.data('f').take(), '', 'dead');
    }
    t.end();
  });

  t.test(`${way}: destroyed by a filter in the middle`, (t) => {
    const r = rig({}, {});
    const destroying = (): FilterStatus => {
      chain.destroy();
      return CONTINUE;
    };
    const chain: FilterChain = new FilterChain(
      [decode ? { decodeHeaders: destroying } : { encodeHeaders: destroying }, new Scripted('1', r.log, {})],
      decode,
      { chainHeaders: () => r.log.push('>H') } as never,
      10,
    );
    chain.onHeaders(new Headers(), false);
    chain.onData(Buffer.from('x'), true);
    chain.onTrailers(new Headers());
    t.equal(r.take(), '');
    t.end();
  });
}

t.test('data inserted at trailers comes before them, held or not', (t) => {
  const log: Log = [];
  const add = (chain: () => FilterChain, held: boolean): HttpFilter => ({
    encodeHeaders: () => (held ? STOP_ITERATION : CONTINUE),
    encodeData: () => (held ? STOP_AND_BUFFER : CONTINUE),
    encodeTrailers: () => {
      chain().addData(Buffer.from('+'));
      return CONTINUE;
    },
  });
  for (const held of [false, true]) {
    const chain: FilterChain = new FilterChain(
      [add(() => chain, held), new Scripted('1', log, {})],
      false,
      {
        chainHeaders: () => log.push('>H'),
        chainData: (d: Buffer) => log.push(`>D:${d}`),
        chainTrailers: () => log.push('>T'),
      } as never,
      100,
    );
    chain.onHeaders(new Headers(), false);
    chain.onData(Buffer.from('a'), false);
    chain.onTrailers(new Headers());
    t.equal(log.join(' '), held ? '1H >H 1D:a+ >D:a+ 1T >T' : '1H >H 1D:a >D:a 1D:+ >D:+ 1T >T');
    log.length = 0;
  }
  t.end();
});
