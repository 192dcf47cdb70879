/**
 * What Connect says where gRPC has trailers: the frame that ends a stream and the body of an error (connectrpc.com/docs/protocol). Mirrors
 * source/extensions/filters/http/connect_grpc_bridge/end_stream_response.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { WireError, WireReader } from '../../grpc/wire-reader.ts';
import { LENGTH } from '../../grpc/wire-writer.ts';
import { fromWire } from '../../platform/wire-text.ts';

/** Bytes of a frame's head. */
export const FRAME_HEAD = 5;
const END_STREAM = 2;
const UNKNOWN = 2;

/** By gRPC status; 0 is no error. */
const CODES = [
  '',
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
];
const HTTP_STATUS = [500, 408, 500, 400, 408, 404, 409, 403, 429, 412, 409, 400, 404, 500, 503, 500, 401];

export const httpStatusOf = (code: number): number => HTTP_STATUS[code] ?? 500;

/** A message in its frame. */
export function connectFrame(flags: number, message: Buffer): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD + message.length);
  out[0] = flags;
  out.writeUInt32BE(message.length, 1);
  message.copy(out, FRAME_HEAD);
  return out;
}

interface CallError {
  readonly code: number;
  readonly json: object;
}

/** Null: the call went well, or nothing is said of it. A status that is none is code_-1. */
export function errorOf(trailers: Headers): CallError | null {
  const status = trailers.get('grpc-status') ?? '';
  if (status === '') return null;
  const number = /^\d{1,10}$/.test(status) ? Number(status) : -1;
  const code = number <= 16 ? number : -1;
  return code === 0 ? null : { code, json: errorJson(code, trailers) };
}

function errorJson(code: number, trailers: Headers): object {
  const json: Record<string, unknown> = { code: CODES[code] ?? `code_${code}` };
  const message = trailers.get('grpc-message') ?? '';
  if (message !== '') json['message'] = fromWire(message) ?? message;
  const details = detailsOf(trailers.get('grpc-status-details-bin'));
  if (details.length > 0) json['details'] = details;
  return json;
}

/** google.rpc.Status.details, each a google.protobuf.Any; none where the header has no such message. */
function detailsOf(header: string | undefined): object[] {
  const details: object[] = [];
  try {
    const status = new WireReader(Buffer.from(header ?? '', 'base64'));
    while (status.next()) {
      if (status.field !== 3 || status.wireType !== LENGTH) status.skip();
      else details.push(anyOf(status.message()));
    }
    return details;
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}

function anyOf(any: WireReader): object {
  let url = '';
  let value: Uint8Array = Buffer.alloc(0);
  while (any.next()) {
    if (any.field === 1 && any.wireType === LENGTH) url = any.string();
    else if (any.field === 2 && any.wireType === LENGTH) value = any.bytesValue();
    else any.skip();
  }
  return { type: url, value: Buffer.from(value).toString('base64') };
}

/** The last frame of a stream. `metadata`: what is no gRPC's goes with it. */
export function endOfStream(trailers: Headers, metadata: boolean): Buffer {
  const json: Record<string, unknown> = {};
  // Without a status the call did not go well.
  const error = trailers.has('grpc-status') ? errorOf(trailers) : { json: errorJson(UNKNOWN, trailers) };
  if (error !== null) json['error'] = error.json;
  if (metadata) {
    const fields = fieldsOf(trailers);
    if (fields !== null) json['metadata'] = fields;
  }
  return connectFrame(END_STREAM, Buffer.from(JSON.stringify(json)));
}

function fieldsOf({ list }: Headers): Record<string, string[]> | null {
  const fields = new Map<string, string[]>();
  for (let i = 0; i < list.length; i += 2) {
    if (list[i].startsWith('grpc-')) continue;
    const value = fromWire(list[i + 1]) ?? list[i + 1];
    const there = fields.get(list[i]);
    if (there === undefined) fields.set(list[i], [value]);
    else there.push(value);
  }
  return fields.size === 0 ? null : Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
}
