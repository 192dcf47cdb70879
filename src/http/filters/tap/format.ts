/** A trace as the bytes of its sink's format. */
import type { Messages } from '../../../config/schema/types.ts';
import { loadCodec, type MessageCodec } from '../../../grpc/message-codec.ts';
import { binaryOf, jsonOf, type Trace, textFormat } from './trace.ts';

export type Format = NonNullable<Messages['envoy.config.tap.v3.OutputSink']['format']>;

/** What a tap writes to. */
export interface TapSink {
  /** For one request, whose trace has this number. */
  open(id: bigint): OpenTap;
}

export interface OpenTap {
  write(trace: Trace): void;
  end(): void;
}

export class TraceFormat {
  readonly name: Format;
  private readonly codec: MessageCodec;

  private constructor(name: Format, codec: MessageCodec) {
    this.name = name;
    this.codec = codec;
  }

  static async load(name: Format): Promise<TraceFormat> {
    return new TraceFormat(name, await loadCodec('envoy.data.tap.v3.TraceWrapper'));
  }

  bytes(trace: Trace): string | Buffer {
    switch (this.name) {
      case 'PROTO_TEXT':
        return textFormat(trace);
      case 'PROTO_BINARY':
        return binaryOf(trace, this.codec, false);
      case 'PROTO_BINARY_LENGTH_DELIMITED':
        return binaryOf(trace, this.codec, true);
      default:
        return jsonOf(trace, this.name === 'JSON_BODY_AS_STRING');
    }
  }
}
