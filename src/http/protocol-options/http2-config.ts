/** Http2ProtocolOptions (core/v3/protocol.proto) → what the HTTP/2 codec takes, for both directions. */
import type { Http2Options } from '../../codec/http2/options.ts';
import type { Http2ProtocolOptions } from './codec-options.ts';

/** Envoy 1.16's defaults (256 MiB windows, 2^31-1 streams); later ones are the codec's own. */
const ENVOY_1_16: Partial<Http2Options> = {
  maxConcurrentStreams: 2147483647,
  initialStreamWindowSize: 268435456,
  initialConnectionWindowSize: 268435456,
};

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

export function http2OptionsFromConfig(message: Http2ProtocolOptions, envoy16: boolean): Partial<Http2Options> {
  const out: Mutable<Http2Options> = envoy16 ? { ...ENVOY_1_16 } : {};
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
