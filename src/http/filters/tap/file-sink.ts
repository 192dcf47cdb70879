/** Writes what is tapped of a request into a file of its own. Mirrors FilePerTapSink (source/extensions/common/tap/tap_config_base.cc). */
import { createWriteStream, type WriteStream } from 'node:fs';
import { logger } from '../../../log/logger.ts';
import type { Format, OpenTap, TapSink, TraceFormat } from './format.ts';
import type { Trace } from './trace.ts';

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

export class FileSink implements TapSink {
  private readonly prefix: string;
  private readonly format: TraceFormat;

  constructor(prefix: string, format: TraceFormat) {
    this.prefix = prefix;
    this.format = format;
  }

  open(id: bigint): OpenTap {
    return new OpenFile(`${this.prefix}_${id}${EXTENSIONS[this.format.name]}`, this.format);
  }
}

/** There once something is written. */
class OpenFile implements OpenTap {
  private readonly path: string;
  private readonly format: TraceFormat;
  private stream: WriteStream | null = null;

  constructor(path: string, format: TraceFormat) {
    this.path = path;
    this.format = format;
  }

  write(trace: Trace): void {
    if (this.stream === null) {
      this.stream = createWriteStream(this.path);
      this.stream.on('error', (error) => log.error(`tap: ${this.path} cannot be written: ${error.message}`));
    }
    if (this.stream.writableLength > MAX_WAITING_BYTES) return;
    this.stream.write(this.format.bytes(trace));
  }

  end(): void {
    this.stream?.end();
  }
}
