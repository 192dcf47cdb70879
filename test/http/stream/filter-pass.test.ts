import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import {
  CONTINUE,
  CONTINUE_DONT_END,
  type DataStatus,
  type HeadersStatus,
  STOP,
  STOP_ALL_BUFFER,
  STOP_ALL_WATERMARK,
  STOP_BUFFER,
  STOP_NO_BUFFER,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../../../src/http/stream/filter.ts';
import { FilterPass, type PassOwner } from '../../../src/http/stream/filter-pass.ts';

/** What came out of a chain or went into a filter, in order: `H`, `D:text`, `T`, with `!` for the end of the message. */
type Log = string[];

interface Script {
  headers?: HeadersStatus;
  /** Answers to data calls in turn; the last one repeats. */
  data?: DataStatus[];
  trailers?: TrailersStatus;
  /** 1xx: the response's pass only. */
  information?: TrailersStatus;
  onHeaders?: (f: Scripted) => void;
  onData?: (f: Scripted, d: Buffer, end: boolean) => void;
  onTrailers?: (f: Scripted) => void;
}

class Scripted extends StreamFilter {
  readonly log: Log;
  private readonly script: Script;
  private calls = 0;
  constructor(log: Log, script: Script) {
    super();
    this.log = log;
    this.script = script;
  }
  private seenHeaders(end: boolean): HeadersStatus {
    this.log.push(`${this.place}H${end ? '!' : ''}`);
    this.script.onHeaders?.(this);
    return this.script.headers ?? CONTINUE;
  }
  private seenData(d: Buffer, end: boolean): DataStatus {
    this.log.push(`${this.place}D:${d}${end ? '!' : ''}`);
    this.script.onData?.(this, d, end);
    const data = this.script.data ?? [CONTINUE];
    return data[Math.min(this.calls++, data.length - 1)];
  }
  private seenTrailers(): TrailersStatus {
    this.log.push(`${this.place}T`);
    this.script.onTrailers?.(this);
    return this.script.trailers ?? CONTINUE;
  }
  override decodeHeaders(_h: Headers, end: boolean): HeadersStatus {
    return this.seenHeaders(end);
  }
  override encodeHeaders(_h: Headers, end: boolean): HeadersStatus {
    return this.seenHeaders(end);
  }
  override decodeData(d: Buffer, end: boolean): DataStatus {
    return this.seenData(d, end);
  }
  override encodeData(d: Buffer, end: boolean): DataStatus {
    return this.seenData(d, end);
  }
  override decodeTrailers(): TrailersStatus {
    return this.seenTrailers();
  }
  override encodeTrailers(): TrailersStatus {
    return this.seenTrailers();
  }
  override encode1xx(): TrailersStatus {
    this.log.push(`${this.place}I`);
    return this.script.information ?? CONTINUE;
  }
}

/** At the end of the request's pass: what the response's pass gives to its owner. */
class Sink extends StreamFilter {
  private readonly log: Log;
  constructor(log: Log) {
    super();
    this.log = log;
  }
  override decodeHeaders(_h: Headers, end: boolean): HeadersStatus {
    this.log.push(`>H${end ? '!' : ''}`);
    return CONTINUE;
  }
  override decodeData(d: Buffer, end: boolean): DataStatus {
    this.log.push(`>D:${d}${end ? '!' : ''}`);
    return CONTINUE;
  }
  override decodeTrailers(): TrailersStatus {
    this.log.push('>T');
    return CONTINUE;
  }
}

/** Filters in the order the message meets them, whichever way it goes. */
class Rig implements PassOwner {
  readonly log: Log = [];
  readonly pass: FilterPass;
  private readonly decode: boolean;
  readonly filters: StreamFilter[];
  bufferLimit: number;
  gone = false;
  answered = false;
  responseSent = false;
  prepared = 0;
  onTooLarge: () => void = () => {};

  constructor(decode: boolean, limit: number, ...filters: (Script | StreamFilter | null)[]) {
    this.bufferLimit = limit;
    const all = filters.map((f) =>
      f instanceof StreamFilter ? f : f === null ? new (class extends StreamFilter {})() : new Scripted(this.log, f),
    );
    if (decode) all.push(new Sink(this.log));
    else all.reverse();
    all.forEach((f, i) => {
      f.place = i;
    });
    this.pass = new FilterPass(this, all, decode);
    this.decode = decode;
    this.filters = decode ? all : [...all].reverse();
  }
  tooLarge(): void {
    this.log.push('>tooLarge');
    this.onTooLarge();
  }
  pauseSender(_decode: boolean, pause: boolean): void {
    this.log.push(pause ? '>pause' : '>resume');
  }
  givePreparedReply(): void {
    this.prepared++;
  }
  send1xx(): void {
    this.log.push('>I');
  }
  sendHeaders(_h: Headers, end: boolean): void {
    this.log.push(`>H${end ? '!' : ''}`);
  }
  sendData(d: Buffer, end: boolean): void {
    this.log.push(`>D:${d}${end ? '!' : ''}`);
  }
  sendTrailers(): void {
    this.log.push('>T');
  }
  headers(end = false): this {
    this.pass.onHeaders(new Headers(), end);
    return this;
  }
  data(text: string, end = false): this {
    this.pass.onData(Buffer.from(text), end);
    return this;
  }
  trailers(): this {
    this.pass.onTrailers(new Headers());
    return this;
  }
  goOn(index: number): this {
    this.pass.goOn(this.filters[index]);
    return this;
  }
  /** What happened since it was asked last; filters by their order of the message. */
  take(): string {
    const last = this.filters.length - 1;
    const text = this.log.join(' ');
    this.log.length = 0;
    return this.decode
      ? text
      : text.replace(/(^| )(\d)/g, (_m, space: string, n: string) => `${space}${last - Number(n)}`);
  }
}

for (const decode of [true, false]) {
  const way = decode ? 'decode' : 'encode';
  const rig = (...filters: (Script | StreamFilter | null)[]): Rig => new Rig(decode, 1000, ...filters);

  t.test(`${way}: everything continues`, (t) => {
    t.equal(rig({}, {}).headers(true).take(), '0H! 1H! >H!');
    t.equal(rig({}, {}).headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 1D:a >D:a 0D:b! 1D:b! >D:b!');
    t.equal(rig({}, null, {}).headers().data('a').trailers().take(), '0H 2H >H 0D:a 2D:a >D:a 0T 2T >T');
    t.end();
  });

  t.test(`${way}: stopped at headers, data comes to the filter, going on later`, (t) => {
    const r = rig({ headers: STOP, data: [STOP_BUFFER] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 0D:a 0D:b!');
    t.equal(r.goOn(0).take(), '1H >H 1D:ab! >D:ab!');
    t.end();
  });

  t.test(`${way}: a filter that holds the headers and has no other methods holds the rest`, (t) => {
    class Stopping extends StreamFilter {
      override decodeHeaders(): HeadersStatus {
        return STOP;
      }
      override encodeHeaders(): HeadersStatus {
        return STOP;
      }
    }
    const r = rig(new Stopping());
    t.equal(r.headers().data('a').data('b').trailers().take(), '');
    t.equal(r.goOn(0).take(), '>H >D:ab >T');
    t.end();
  });

  t.test(`${way}: headers alone, stopped and let go, keep their end`, (t) => {
    const r = rig({ headers: STOP }, {}).headers(true);
    t.equal(r.goOn(0).take(), '0H! 1H! >H!');
    t.equal(r.goOn(0).take(), '', 'going on twice does nothing');
    t.end();
  });

  t.test(`${way}: CONTINUE from a data call lets go of the headers and what is held`, (t) => {
    const r = rig({ headers: STOP, data: [STOP_BUFFER, CONTINUE] }, {});
    t.equal(r.headers().data('a').take(), '0H 0D:a');
    t.equal(r.data('b').take(), '0D:b 1H >H 1D:ab >D:ab');
    t.equal(r.data('c', true).take(), '0D:c! 1D:c! >D:c!');
    t.end();
  });

  t.test(`${way}: STOP_NO_BUFFER takes what it was given`, (t) => {
    const r = rig({ data: [STOP_NO_BUFFER, CONTINUE] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 0D:b! 1D:b! >D:b!');
    t.end();
  });

  t.test(`${way}: STOP_NO_BUFFER of the end: an empty end is told once the filter goes on`, (t) => {
    const r = rig({ data: [STOP_NO_BUFFER] }, {});
    t.equal(r.headers().data('a', true).take(), '0H 1H >H 0D:a!');
    t.equal(r.goOn(0).take(), '1D:! >D:!');
    t.end();
  });

  t.test(`${way}: STOP_ALL asks for nothing more until it goes on, and is then shown what came`, (t) => {
    for (const all of [STOP_ALL_BUFFER, STOP_ALL_WATERMARK] as const) {
      const r = rig({ headers: all }, {});
      t.equal(r.headers().data('a').data('b').trailers().take(), '0H');
      t.equal(r.goOn(0).take(), '1H >H 0D:ab 1D:ab >D:ab 0T 1T >T');
      t.equal(rig({ headers: all }, {}).headers(true).goOn(0).take(), '0H! 1H! >H!', 'headers alone');
    }
    t.end();
  });

  t.test(`${way}: trailers end a hold`, (t) => {
    const r = rig({ headers: STOP, data: [STOP_BUFFER] }, {});
    t.equal(r.headers().data('a').trailers().take(), '0H 0D:a 0T 1H >H 1D:a >D:a 1T >T');
    t.end();
  });

  t.test(`${way}: stopped at trailers`, (t) => {
    const r = rig({ trailers: STOP }, {});
    t.equal(r.headers().data('a').trailers().take(), '0H 1H >H 0D:a 1D:a >D:a 0T');
    t.equal(r.goOn(0).take(), '1T >T');
    t.end();
  });

  t.test(`${way}: the second filter stops, the first has passed; two that stop one after the other`, (t) => {
    const r = rig({}, { headers: STOP, data: [STOP_BUFFER] }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H 0D:a 1D:a 0D:b! 1D:b!');
    t.equal(r.goOn(1).take(), '2H >H 2D:ab! >D:ab!');
    const two = rig({ headers: STOP, data: [STOP_BUFFER] }, { headers: STOP, data: [STOP_BUFFER] });
    t.equal(two.headers().data('a', true).take(), '0H 0D:a!');
    t.equal(two.goOn(0).take(), '1H 1D:a!');
    t.equal(two.goOn(1).take(), '>H >D:a!');
    t.end();
  });

  t.test(`${way}: CONTINUE_DONT_END and a body injected later`, (t) => {
    const r = rig({ headers: CONTINUE_DONT_END }, {});
    t.equal(r.headers(true).take(), '0H! 1H >H');
    r.pass.inject(r.filters[0], Buffer.from('x'), false);
    r.pass.inject(r.filters[0], Buffer.from('y'), true);
    t.equal(r.take(), '1D:x >D:x 1D:y! >D:y!');
    t.end();
  });

  t.test(`${way}: a body added to headers alone follows them, for those behind`, (t) => {
    const r = rig({ onHeaders: (f) => r.pass.add(f, Buffer.from('x'), false) }, {});
    t.equal(r.headers(true).take(), '0H! 1H >H 1D:x! >D:x!');
    t.end();
  });

  t.test(`${way}: a body added behind a filter that had stopped headers alone is delivered once`, (t) => {
    const r = rig({ headers: STOP }, { onHeaders: (f) => r.pass.add(f, Buffer.from('x'), false) }, {});
    t.equal(r.headers(true).goOn(0).take(), '0H! 1H! 2H >H 2D:x! >D:x!');
    t.end();
  });

  t.test(`${way}: injected bytes let the headers go that the filter had stopped`, (t) => {
    const r = rig({ headers: STOP, data: [STOP_NO_BUFFER] }, {});
    r.headers().data('a');
    r.pass.inject(r.filters[0], Buffer.from('A'), false);
    t.equal(r.take(), '0H 0D:a 1H >H 1D:A >D:A');
    t.end();
  });

  t.test(`${way}: a filter replaces each piece with another from within its call`, (t) => {
    const r = rig(
      {
        data: [STOP_NO_BUFFER],
        onData: (f, d, end) => r.pass.inject(f, Buffer.concat([d, d]), end),
      },
      { data: [STOP_BUFFER, CONTINUE] },
    );
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 1D:aa 0D:b! 1D:bb! >D:aabb!');
    t.end();
  });

  t.test(`${way}: what is held can be looked at and replaced, while stopped and on its way`, (t) => {
    const r = rig({ headers: STOP, data: [STOP_BUFFER] }, { onData: () => r.pass.replace(Buffer.from('third')) }, {});
    r.headers().data('fir').data('st', true);
    t.equal(String(r.pass.buffer()), 'first');
    r.pass.replace(Buffer.from('second'));
    t.equal(r.goOn(0).take(), '0H 0D:fir 0D:st! 1H 2H >H 1D:second! 2D:third! >D:third!');
    t.equal(r.pass.buffer(), null);
    t.end();
  });

  t.test(`${way}: data added at trailers comes before them, held or not`, (t) => {
    for (const held of [false, true]) {
      const r = rig(
        {
          headers: held ? STOP : CONTINUE,
          data: [held ? STOP_BUFFER : CONTINUE],
          onTrailers: (f) => r.pass.add(f, Buffer.from('+'), false),
        },
        {},
      );
      r.headers().data('a').trailers();
      t.equal(r.take(), held ? '0H 0D:a 0T 1H >H 1D:a+ >D:a+ 1T >T' : '0H 1H >H 0D:a 1D:a >D:a 0T 1D:+ >D:+ 1T >T');
    }
    t.end();
  });

  t.test(`${way}: trailers added with the last data; nowhere else`, (t) => {
    const r = rig({ onData: (_f, _d, end) => end && r.pass.addTrailers(new Headers()) }, {});
    t.equal(r.headers().data('a').data('b', true).take(), '0H 1H >H 0D:a 1D:a >D:a 0D:b! 1D:b >D:b 1T >T');
    const early = rig({ onData: () => early.pass.addTrailers(new Headers()) });
    t.throws(() => early.headers().data('a'));
    t.throws(() => early.pass.addTrailers(new Headers()));
    t.end();
  });

  t.test(`${way}: more than the limit is told once, and nothing is delivered behind it`, (t) => {
    for (const last of [STOP_BUFFER, CONTINUE] as const) {
      const r = new Rig(decode, 4, { headers: STOP, data: [STOP_BUFFER, STOP_BUFFER, last] }, {});
      r.onTooLarge = () => {
        r.gone = true;
      };
      t.equal(r.headers().data('ab').data('cd').take(), '0H 0D:ab 0D:cd', 'exactly the limit is fine');
      t.equal(r.data('e').take(), '0D:e >tooLarge');
      t.equal(r.goOn(0).take(), '', 'dead');
    }
    t.end();
  });

  t.test(`${way}: with watermarks the sender is paused above the limit, and goes on below half of it`, (t) => {
    const data = new Rig(decode, 4, { headers: STOP, data: [STOP_WATERMARK] });
    t.equal(data.headers().data('ab').data('cd').data('e').data('f').take(), '0H 0D:ab 0D:cd 0D:e >pause 0D:f');
    t.equal(data.goOn(0).take(), decode ? '>H >D:abcdef >resume' : '>H >resume >D:abcdef');
    const all = new Rig(decode, 4, { headers: STOP_ALL_WATERMARK });
    t.equal(all.headers().data('abcde').take(), '0H >pause');
    all.pass.replace(Buffer.from('ab'));
    t.equal(all.take(), '>resume', 'by what a filter does to it');
    t.end();
  });

  t.test(`${way}: gone in the middle: nobody is called any more`, (t) => {
    const r = rig(
      {
        onHeaders: () => {
          r.gone = true;
        },
      },
      {},
    );
    t.equal(r.headers().take(), '0H');
    t.end();
  });

  t.test(`${way}: a filter that answers is the last one to be called`, (t) => {
    for (const at of ['onHeaders', 'onData', 'onTrailers'] as const) {
      const r = rig(
        {
          [at]: () => {
            r.pass.aborted = true;
            if (decode) r.answered = true;
            else r.responseSent = true;
          },
        },
        {},
      );
      r.headers().data('a').trailers();
      t.notMatch(r.take(), { onHeaders: /1H/, onData: /1D/, onTrailers: /1T/ }[at], at);
      t.ok(r.prepared > 0, 'the answer that it has left is given');
    }
    t.end();
  });
}

t.test('decode: once answered, a filter that goes on goes nowhere', (t) => {
  const r = new Rig(true, 100, { headers: STOP }, {});
  r.headers(true).take();
  r.answered = true;
  t.equal(r.goOn(0).take(), '');
  t.end();
});

t.test('1xx pass the filters, and can be held until the response comes', (t) => {
  const r = new Rig(false, 100, {}, { information: STOP }, {});
  r.pass.on1xx(new Headers());
  t.equal(r.take(), '0I 1I');
  r.pass.on1xx(new Headers());
  t.equal(r.take(), '', 'one is held: those behind it are dropped');
  t.equal(r.goOn(1).take(), '2I >I');
  r.pass.on1xx(new Headers());
  t.equal(r.take(), '0I 1I');
  t.equal(r.headers(true).take(), '0H! 1H! 2H! >H!', 'the response has come: it says nothing any more');
  t.equal(r.goOn(1).take(), '');
  t.end();
});
