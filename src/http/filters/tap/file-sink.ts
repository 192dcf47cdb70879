/** Writes what is tapped of a request into a file of its own. Mirrors FilePerTapSink (source/extensions/common/tap/tap_config_base.cc). */
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Messages } from '../../../config/schema/types.ts';
import { loadCodec, type MessageCodec } from '../../../grpc/message-codec.ts';
import { logger } from '../../../log/logger.ts';
import { binaryOf, jsonOf, type Trace, textFormat } from './trace.ts';

type Format = NonNullable<Messages['envoy.config.tap.v3.OutputSink']['format']>;

const log = logger('tap');
/** Bytes that wait for a slow disk; what is more of a request is left out. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

const EXTENSIONS: Readonly<Record<Format, string>> = {
  JSON_BODY_AS_BYTES: '.json',
  JSON_BODY_AS_STRING: '.json',
  PROTO_BINARY: '.pb',
  PROTO_BINARY_LENGTH_DELIMITED: '.pb_length_delimited',
  PROTO_TEXT: '.pb_text',
};

export class FileSink {
  private readonly prefix: string;
  private readonly format: Format;
  private readonly codec: MessageCodec;
  private constructor(prefix: string, format: Format, codec: MessageCodec) {
    this.prefix = prefix;
    this.format = format;
    this.codec = codec;
  }

  static async load(prefix: string, format: Format): Promise<FileSink> {
    return new FileSink(prefix, format, await loadCodec('envoy.data.tap.v3.TraceWrapper'));
  }

  open(id: bigint): OpenFile {
    return new OpenFile(`${this.prefix}_${id}${EXTENSIONS[this.format]}`, this);
  }

  bytes(trace: Trace): string | Buffer {
    switch (this.format) {
      case 'PROTO_TEXT':
        return textFormat(trace);
      case 'PROTO_BINARY':
        return binaryOf(trace, this.codec, false);
      case 'PROTO_BINARY_LENGTH_DELIMITED':
        return binaryOf(trace, this.codec, true);
      default:
        return jsonOf(trace, this.format === 'JSON_BODY_AS_STRING');
    }
  }
}

/** There once something is written. */
export class OpenFile {
  private readonly path: string;
  private readonly sink: FileSink;
  private stream: WriteStream | null = null;

  constructor(path: string, sink: FileSink) {
    this.path = path;
    this.sink = sink;
  }

  write(trace: Trace): void {
    if (this.stream === null) {
      this.stream = createWriteStream(this.path);
      this.stream.on('error', (error) => log.error(`tap: ${this.path} cannot be written: ${error.message}`));
    }
    if (this.stream.writableLength > MAX_WAITING_BYTES) return;
    this.stream.write(this.sink.bytes(trace));
  }

  end(): void {
    this.stream?.end();
  }
}
