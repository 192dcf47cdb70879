/** The codec options of the API as typed messages (envoy.config.core.v3.Http1ProtocolOptions / Http2ProtocolOptions). */

export interface Http1ProtocolOptions {
  readonly allowAbsoluteUrl?: boolean;
  readonly acceptHttp10?: boolean;
  readonly defaultHostForHttp10?: string;
  readonly headerKeyFormat?: { readonly properCaseWords?: object };
  readonly enableTrailers?: boolean;
  readonly allowChunkedLength?: boolean;
  readonly overrideStreamErrorOnInvalidHttpMessage?: boolean;
}

export interface Http2ProtocolOptions {
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
