/** Http2ProtocolOptions (core/v3/protocol.proto) → what the HTTP/2 codec takes, for both directions. */
import type { Http2Options } from '../../codec/http2/options.ts';
import type { Http2ProtocolOptions } from '../../config/schema/types.ts';

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

/** What is not given has the codec's default, 1.40's, also for a v2 config: with 1.16's windows one client may park 256 MiB here (behaviour.md H60). */
export function http2OptionsFromConfig(message: Http2ProtocolOptions): Partial<Http2Options> {
  const out: Mutable<Http2Options> = {};
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
