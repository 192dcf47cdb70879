/** Http2ProtocolOptions (core/v3/protocol.proto) → what the HTTP/2 codec takes, for both directions. */
import type { Http2Options } from '../../codec/http2/options.ts';

/** The typed message; fields are the proto's, camelCased. */
export interface Http2Message {
  readonly hpackTableSize?: number;
  readonly maxConcurrentStreams?: number;
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
  readonly allowConnect?: boolean;
  readonly maxOutboundFrames?: number;
  readonly maxOutboundControlFrames?: number;
  readonly maxConsecutiveInboundFramesWithEmptyPayload?: number;
  readonly maxInboundPriorityFramesPerStream?: number;
  readonly maxInboundWindowUpdateFramesPerDataFrameSent?: number;
  readonly streamErrorOnInvalidHttpMessaging?: boolean;
  readonly overrideStreamErrorOnInvalidHttpMessage?: boolean;
  readonly connectionKeepalive?: { readonly interval?: number; readonly timeout?: number };
}

/** Envoy 1.16's defaults (256 MiB windows, 2^31-1 streams); later ones are the codec's own. */
const ENVOY_1_16: Partial<Http2Options> = {
  maxConcurrentStreams: 2147483647,
  initialStreamWindowSize: 268435456,
  initialConnectionWindowSize: 268435456,
};

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

export function http2OptionsFromConfig(message: Http2Message, envoy16: boolean): Partial<Http2Options> {
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
