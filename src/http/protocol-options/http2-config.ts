/** Http2ProtocolOptions (core/v3/protocol.proto) → what the HTTP/2 codec takes, for both directions. */
import { DEFAULT_WINDOW } from '../../codec/http2/constants.ts';
import { DEFAULT_HTTP2_OPTIONS, type Http2Options } from '../../codec/http2/options.ts';
import type { Http2ProtocolOptions } from '../../config/schema/types.ts';
import { heldMemory } from '../../platform/held-memory.ts';

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

/**
 * What a client may send before anybody has taken it is ours to hold: where memory is short the default windows are shares of what may be
 * held (behaviour.md H61). A stream's is smaller than its connection's, so that one that nobody reads does not stop the others.
 */
const STREAM_SHARE = 1 / 64;
const CONNECTION_SHARE = 1 / 16;

function window(usual: number, share: number): number {
  return Math.max(DEFAULT_WINDOW, Math.min(usual, Math.floor(heldMemory.budget * share)));
}

/** What is not given has the codec's default, 1.40's, also for a v2 config: with 1.16's windows one client may park 256 MiB here (behaviour.md H60). */
export function http2OptionsFromConfig(message: Http2ProtocolOptions): Partial<Http2Options> {
  const usual = DEFAULT_HTTP2_OPTIONS;
  const out: Mutable<Http2Options> = {
    initialStreamWindowSize: window(usual.initialStreamWindowSize, STREAM_SHARE),
    initialConnectionWindowSize: window(usual.initialConnectionWindowSize, CONNECTION_SHARE),
  };
  const names = [
    'hpackTableSize',
    'maxConcurrentStreams',
    'initialStreamWindowSize',
    'initialConnectionWindowSize',
    'maxOutboundFrames',
    'maxOutboundControlFrames',
    'maxConsecutiveInboundFramesWithEmptyPayload',
    'maxInboundPriorityFramesPerStream',
    'maxInboundWindowUpdateFramesPerDataFrameSent',
  ] as const;
  for (const name of names) {
    const value = message[name];
    if (value !== undefined) out[name] = value;
  }
  if (message.allowConnect !== undefined) out.allowConnect = message.allowConnect;
  const lenient = message.overrideStreamErrorOnInvalidHttpMessage ?? message.streamErrorOnInvalidHttpMessaging;
  if (lenient !== undefined) out.streamErrorOnInvalidHttpMessage = lenient;
  return out;
}
