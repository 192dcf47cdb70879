/** Hands what is tapped to whoever has the stream of POST /tap. Mirrors the sink handles of source/extensions/common/tap/admin.cc. */
import { refuse } from '../../../config/refusal.ts';
import type { Messages } from '../../../config/schema/types.ts';
import type { Deliver } from './configs.ts';
import type { OpenTap, TapSink, TraceFormat } from './format.ts';
import type { Trace } from './trace.ts';

class AdminSink implements TapSink, OpenTap {
  private readonly deliver: Deliver;
  private readonly format: TraceFormat;

  constructor(deliver: Deliver, format: TraceFormat) {
    this.deliver = deliver;
    this.format = format;
  }

  open(): OpenTap {
    return this;
  }

  write(trace: Trace): void {
    const bytes = this.format.bytes(trace);
    this.deliver(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  end(): void {}
}

/** `deliver` null: nobody has asked for it there. */
export function adminSink(
  sink: Messages['envoy.config.tap.v3.OutputSink'],
  deliver: Deliver | null,
  format: TraceFormat,
): TapSink {
  if (deliver === null) {
    if (sink.streamingAdmin !== undefined)
      refuse(sink, 'streaming_admin', 'Error: Specifying admin streaming output without configuring admin.');
    const message = 'Output sink type BufferedAdmin requires that the admin output will be configured via admin';
    refuse(sink, 'buffered_admin', message);
  }
  const { name } = format;
  const inJson = name === 'JSON_BODY_AS_BYTES' || name === 'JSON_BODY_AS_STRING';
  if (sink.streamingAdmin !== undefined && !inJson)
    refuse(sink, 'format', 'streaming admin output only supports JSON formats');
  if (!inJson && name !== 'PROTO_BINARY_LENGTH_DELIMITED')
    refuse(sink, 'format', 'buffered admin output only supports JSON or length delimited proto formats');
  return new AdminSink(deliver, format);
}
