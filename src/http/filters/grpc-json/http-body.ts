/** google.api.HttpBody: bodies that are no JSON go through as they are. Mirrors http_body_utils.cc. */
import type { DescField } from '@bufbuild/protobuf';
import { WireReader } from '../../../grpc/wire-reader.ts';
import { WireWriter } from '../../../grpc/wire-writer.ts';

const UNKNOWN_PARAMETERS =
  'type.googleapis.com/envoy.extensions.filters.http.grpc_json_transcoder.v3.UnknownQueryParams';

/** `prefix`: what path and query said, as a message; `path`: where in it the body stands. */
export function encodeHttpBody(
  prefix: Uint8Array,
  path: readonly DescField[],
  contentType: string,
  data: Buffer,
  unknown: ReadonlyMap<string, readonly string[]> | null,
): Buffer {
  const w = new WireWriter();
  w.raw(prefix);
  const starts = path.map((field) => w.begin(field.number));
  if (contentType !== '') w.latin1(1, contentType);
  w.bytesField(2, data);
  if (unknown !== null && unknown.size > 0) {
    const any = w.begin(3);
    w.string(1, UNKNOWN_PARAMETERS);
    const value = w.begin(2);
    for (const [key, values] of unknown) {
      const entry = w.begin(1);
      w.latin1(1, key);
      const list = w.begin(2);
      for (const one of values) w.latin1(1, one);
      w.end(list);
      w.end(entry);
    }
    w.end(value);
    w.end(any);
  }
  for (const start of starts.reverse()) w.end(start);
  return w.finish();
}

/** Throws a WireError. */
export function decodeHttpBody(bytes: Buffer, path: readonly DescField[]): { contentType: string; data: Buffer } {
  let at = bytes;
  for (const field of path) {
    let inner: Buffer = Buffer.alloc(0);
    for (const r = new WireReader(at); r.next(); ) {
      if (r.field === field.number && r.wireType === 2) inner = r.bytesValue();
      else r.skip();
    }
    at = inner;
  }
  let contentType = '';
  let data: Buffer = Buffer.alloc(0);
  for (const r = new WireReader(at); r.next(); ) {
    if (r.field === 1 && r.wireType === 2) contentType = r.bytesValue().toString('latin1');
    else if (r.field === 2 && r.wireType === 2) data = r.bytesValue();
    else r.skip();
  }
  return { contentType, data };
}
