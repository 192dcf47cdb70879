/**
 * envoy.filters.listener.http_inspector: which HTTP a client speaks on clear text, told by its first line. Mirrors
 * source/extensions/filters/listener/http_inspector/http_inspector.cc.
 */
import type { FactoryContext } from '../../extension/context.ts';
import type { Counter } from '../../stats/store.ts';
import type { ListenerFilter, ListenerFilterFactory, ListenerFilterVerdict, PeekedSocket } from '../listener-filter.ts';

/** Config::MAX_INSPECT_SIZE. */
const MAX_LINE = 64 * 1024;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const LF = 10;
const CR = 13;

class Inspector implements ListenerFilter, ListenerFilterFactory {
  readonly name = 'envoy.filters.listener.http_inspector';
  readonly maxBytes = MAX_LINE;
  private readonly readError: Counter;
  private readonly http10: Counter;
  private readonly http11: Counter;
  private readonly http2: Counter;
  private readonly notFound: Counter;

  constructor(ctx: FactoryContext) {
    const scope = ctx.store.scope('http_inspector.');
    this.readError = scope.counter('read_error');
    this.http10 = scope.counter('http10_found');
    this.http11 = scope.counter('http11_found');
    this.http2 = scope.counter('http2_found');
    this.notFound = scope.counter('http_not_found');
  }

  /** It keeps nothing between two calls: one serves all sockets. */
  create({ info }: PeekedSocket): ListenerFilter | null {
    return info.transportProtocol === '' || info.transportProtocol === 'raw_buffer' ? this : null;
  }

  onData(data: Buffer, { info }: PeekedSocket): ListenerFilterVerdict {
    const begin = Math.min(data.length, PREFACE.length);
    if (data.compare(PREFACE, 0, begin, 0, begin) === 0) {
      if (begin < PREFACE.length) return 'more';
      this.http2.inc();
      info.applicationProtocols = ['h2c'];
      return 'done';
    }
    const end = data[0] === CR || data[0] === LF ? 0 : data.indexOf(LF);
    if (end < 0) {
      if (data.length < MAX_LINE) return 'more';
      this.readError.inc();
      return 'close';
    }
    const version = versionOf(data.toString('latin1', 0, end));
    if (version === null) {
      this.notFound.inc();
    } else if (version === 'HTTP/1.1') {
      this.http11.inc();
      info.applicationProtocols = ['http/1.1'];
    } else {
      this.http10.inc();
      info.applicationProtocols = ['http/1.0'];
    }
    return 'done';
  }
}

/** Method, target, version; null for a line that begins no request. */
function versionOf(line: string): string | null {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) +([^ ]+)(?: +(HTTP\/\d\.\d))? *\r*$/.exec(line);
  return match === null ? null : (match[3] ?? '');
}

export function create(_config: object, ctx: FactoryContext): ListenerFilterFactory {
  return new Inspector(ctx);
}
