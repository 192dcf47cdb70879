/** What the processor says: one message for each that it was told, which changes what it was told of, or answers the client. */
import type { Headers } from '../../../codec/headers.ts';
import type {
  BodyResponse,
  CommonResponse,
  ImmediateResponse,
  ProcessingMode,
  ProcessingResponse,
  TrailersResponse,
} from '../../../config/schema/types.ts';
import { statusNumber } from '../../../config/status-code.ts';
import { isStruct } from '../../../config/struct.ts';
import { WireError } from '../../../grpc/wire-reader.ts';
import { type Direction, type Fault, HEADERS } from './direction.ts';
import { Failing, withoutBlanks } from './failing.ts';
import { APPLIED, mutate, NO_EFFECT } from './mutations.ts';
import { effective, same } from './overrides.ts';
import type { Settings } from './settings.ts';

const DEFAULT_RESPONSE_HEADERS = 100;
const DEFAULT_RESPONSE_BYTES = 60 * 1024;
const INVALID_ARGUMENT = 3;
const FAILED_PRECONDITION = 9;
const INTERNAL = 13;
const DEFAULT_IMMEDIATE_STATUS = 200;
/** Three digits: what a status line has (docs/behaviour.md, H207). */
const MAX_STATUS = 999;
const NOTHING = Buffer.alloc(0);

export abstract class Answered extends Failing {
  onMessage(bytes: Buffer): void {
    if (this.s.observes || this.done) return;
    let m: ProcessingResponse;
    try {
      m = this.codecs.response.decode(bytes) as ProcessingResponse;
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      // What is no message ends the stream, as in Envoy's gRPC client.
      const { side } = this;
      side?.close();
      this.onFailed(INTERNAL, side?.details ?? '');
      return;
    }
    if (m.overrideMessageTimeout !== undefined) {
      this.extend(m.overrideMessageTimeout);
      return;
    }
    if (m.modeOverride !== undefined) this.override(m.modeOverride);
    const last = this.isLast(m);
    this.settle(this.take(m), last || this.isLastHeaders(m));
  }

  protected extend(ms: number): void {
    const { stats, maxMessageTimeoutMs } = this.s;
    const whole = Math.floor(ms);
    const allowed = whole >= 1 && whole <= maxMessageTimeoutMs;
    const decoding = allowed && this.decode.extend(whole);
    const encoding = allowed && this.encode.extend(whole);
    if (decoding || encoding) stats.overrideMessageTimeoutReceived.inc();
    else stats.overrideMessageTimeoutIgnored.inc();
  }

  protected override(given: ProcessingMode): void {
    const { s } = this;
    const inHeaders = this.decode.waitsFor === HEADERS || this.encode.waitsFor === HEADERS;
    const duplex = [s.mode.requestBodyMode, s.mode.responseBodyMode].includes('FULL_DUPLEX_STREAMED');
    if (!s.modeOverride || s.sendBodyAtOnce || duplex || !inHeaders) return;
    const mode = effective(given, s.mode);
    if (s.overrideModes.length === 0 || s.overrideModes.some((other) => same(mode, other))) this.setMode(mode);
  }

  /** One of the seven answers: where there are several, the last one counts, as protobuf has it. */
  protected take(m: ProcessingResponse): Fault {
    const which = Object.keys(m).findLast((key) => ANSWERS.has(key));
    if (m.dynamicMetadata !== undefined && which !== undefined) this.takeMetadata(m.dynamicMetadata);
    switch (which) {
      case 'requestHeaders':
        return this.decode.onHeadersResponse(m.requestHeaders ?? {});
      case 'responseHeaders':
        return this.encode.onHeadersResponse(m.responseHeaders ?? {});
      case 'requestBody':
        return this.decode.onBodyResponse(m.requestBody ?? {});
      case 'responseBody':
        return this.encode.onBodyResponse(m.responseBody ?? {});
      case 'requestTrailers':
        return this.decode.onTrailersResponse(m.requestTrailers ?? {});
      case 'responseTrailers':
        return this.encode.onTrailersResponse(m.responseTrailers ?? {});
      case 'immediateResponse':
        if (!this.s.immediateResponse) {
          return { spurious: true, text: 'unhandled immediate response due to config disabled it' };
        }
        this.finishCalls(0);
        this.close();
        this.answer(m.immediateResponse ?? {});
        return null;
      default:
        return { spurious: true, text: 'unhandled message' };
    }
  }

  protected takeMetadata(metadata: Readonly<Record<string, unknown>>): void {
    for (const [name, values] of Object.entries(metadata)) {
      if (!this.received.includes(name)) continue;
      this.stream.info.addMetadata(name, isStruct(values) ? values : {});
    }
  }

  protected settle(fault: Fault, last: boolean): void {
    const { stats } = this.s;
    if (fault === null) {
      stats.streamMsgsReceived.inc();
      if (!this.done && last) this.close();
      return;
    }
    if (!fault.spurious) {
      stats.streamMsgsReceived.inc();
      this.fail(INVALID_ARGUMENT, fault.text);
      return;
    }
    stats.spuriousMsgsReceived.inc();
    if (this.mayFail) this.letPass(FAILED_PRECONDITION);
    else this.fail(FAILED_PRECONDITION, fault.text);
  }

  /** Nothing more will be asked: the stream need not wait for the end of the request. Of bodies it is known before they are answered. */
  protected isLast(m: ProcessingResponse): boolean {
    const { decode, encode } = this;
    if (m.requestBody !== undefined) return encode.idle && isLastBody(decode, m.requestBody);
    if (m.responseBody !== undefined) return isLastBody(encode, m.responseBody);
    return m.responseTrailers !== undefined || (m.requestTrailers !== undefined && encode.idle);
  }
  /** … of headers with the mode that their answer has set. */
  protected isLastHeaders(m: ProcessingResponse): boolean {
    const { decode, encode } = this;
    if (m.requestHeaders !== undefined) return encode.idle && this.nothingAfterHeaders(decode);
    return m.responseHeaders !== undefined && this.nothingAfterHeaders(encode);
  }
  protected nothingAfterHeaders(d: Direction): boolean {
    return d.noBody || (d.bodyMode === 'NONE' && !d.sendsTrailers);
  }

  mutate(d: Direction, h: Headers, response: CommonResponse | TrailersResponse, replaces: boolean): string | null {
    const part = h === d.trailers ? 'trailer' : d.waitsFor === HEADERS ? 'header' : 'body';
    const { s } = this;
    if (response.headerMutation === undefined) return null;
    const noLength = d.changesLength && !s.keepsContentLength;
    const { rejectedHeaderMutations: rejected } = s.stats;
    const c = { rules: s.rules, rejected, limits: this.limits(d), replaces, noLength };
    const { fault, effect } = mutate(h, response.headerMutation, c);
    if (effect !== NO_EFFECT) this.log?.recordEffect(d, part, effect);
    return fault;
  }
  protected limits(d: Direction): Settings['limits'] {
    if (d.decode) return this.s.limits;
    const count = this.stream.info.cluster?.http.maxHeadersCount ?? DEFAULT_RESPONSE_HEADERS;
    return { count, bytes: DEFAULT_RESPONSE_BYTES };
  }

  bodyChanged(d: Direction): void {
    this.log?.recordEffect(d, 'body', APPLIED);
  }

  clearRouteCache(response: CommonResponse): void {
    const { stats, routeCache } = this.s;
    const asked = response.clearRouteCache === true;
    if (response.headerMutation === undefined) {
      if (asked) stats.clearRouteCacheIgnored.inc();
    } else if (routeCache === 'CLEAR' || (routeCache === 'DEFAULT' && asked)) {
      this.stream.clearRoute();
    } else if (routeCache === 'RETAIN' && asked) {
      stats.clearRouteCacheDisabled.inc();
    }
  }

  protected answer(m: ImmediateResponse): void {
    const { s, stream } = this;
    s.stats.immediateResponsesSent.inc();
    this.log?.set('received_immediate_response', true);
    const code = statusNumber(m.status?.code);
    const status = m.status === undefined || code < 200 || code > MAX_STATUS ? DEFAULT_IMMEDIATE_STATUS : code;
    const details = withoutBlanks(m.details ?? '');
    const { headers, grpcStatus, body = NOTHING } = m;
    stream.sendLocalReply({
      status,
      body: '',
      bytes: body,
      details,
      ...(grpcStatus === undefined ? {} : { grpcStatus: grpcStatus.status ?? 0 }),
      ...(headers === undefined
        ? {}
        : {
            change: (h) => {
              const { rejectedHeaderMutations: rejected } = s.stats;
              mutate(h, headers, {
                rules: s.rules,
                rejected,
                limits: this.limits(this.encode),
                replaces: false,
                noLength: false,
              });
            },
          }),
    });
  }
}

const ANSWERS: ReadonlySet<string> = new Set([
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'requestTrailers',
  'responseTrailers',
  'immediateResponse',
  'streamedImmediateResponse',
]);

function isLastBody(d: Direction, { response }: BodyResponse): boolean {
  if (d.bodyMode === 'STREAMED') return d.nextEnds;
  return d.bodyMode === 'FULL_DUPLEX_STREAMED' && response?.bodyMutation?.streamedResponse?.endOfStream === true;
}
