/** Operators about the request and the response: REQ, RESP, TRAILER, PATH, QUERY_PARAM, GRPC_STATUS … (http_specific_formatter.cc). */
import { byteSize } from '../codec/bytes-meter.ts';
import type { Headers } from '../codec/headers.ts';
import { headerNames } from '../config/format-syntax/operators.ts';
import { httpToGrpcStatus, parseGrpcStatus } from '../http/grpc.ts';
import { percentDecode } from '../platform/wire-text.ts';
import type { FormatContext, Operator } from './format-context.ts';
import { cut, type OperatorRow, type OperatorRows, plain, some } from './operator-rows.ts';

type Pick = (c: FormatContext) => Headers | null;

/** The first value of the name, `:status` of an answer included. */
export function fieldOf(h: Headers | null, name: string): string | undefined {
  if (h === null) return undefined;
  if (name.charCodeAt(0) !== 0x3a) return h.get(name);
  if (name === ':status') return h.status === 0 ? undefined : String(h.status);
  if (name === ':path') return some(h.path);
  if (name === ':method') return some(h.method);
  if (name === ':authority') return some(h.authority);
  if (name === ':scheme') return some(h.scheme);
  return name === ':protocol' ? some(h.protocol) : undefined;
}

function header(pick: Pick): OperatorRow {
  return {
    make: (argument, length) => {
      const [main, alternative] = headerNames(argument);
      if (alternative === '') return (c) => cut(fieldOf(pick(c), main), length);
      return (c) => {
        const h = pick(c);
        return cut(fieldOf(h, main) ?? fieldOf(h, alternative), length);
      };
    },
  };
}

const request: Pick = (c) => c.request;
const response: Pick = (c) => c.response;
const trailers: Pick = (c) => c.responseTrailers;

const withoutQuery = (path: string): string => {
  const mark = path.indexOf('?');
  return mark < 0 ? path : path.slice(0, mark);
};

function path(argument: string, length: number): Operator {
  const [query = '', which = ''] = argument.split(':');
  return (c) => {
    const original = which === 'PATH' ? undefined : c.request.get('x-envoy-original-path');
    const value = original ?? (which === 'ORIG' ? undefined : some(c.request.path));
    return value === undefined ? undefined : cut(query === 'NQ' ? withoutQuery(value) : value, length);
  };
}

function queryOf(c: FormatContext): string | undefined {
  const mark = c.request.path.indexOf('?');
  return mark < 0 ? undefined : c.request.path.slice(mark + 1);
}

function queryParam(name: string, length: number): Operator {
  return (c) => {
    for (const pair of (queryOf(c) ?? '').split('&')) {
      const equals = pair.indexOf('=');
      if (percentDecode(equals < 0 ? pair : pair.slice(0, equals)) === name && pair !== '')
        return cut(equals < 0 ? '' : percentDecode(pair.slice(equals + 1)), length);
    }
    return undefined;
  };
}

function queryParams(which: string, length: number): Operator {
  if (which !== 'DECODED') return (c) => cut(queryOf(c), length);
  return (c) => {
    const query = queryOf(c);
    return query === undefined ? undefined : cut(readable(query), length);
  };
}

/** Any printable character but these. */
const READABLE = /[!#-;=?-[\]_-z~]/;

/** What is printable is decoded, anything else stays; a percent sign before what is no number goes, but for one at the end. */
function readable(query: string): string {
  return query.replace(/%(?=[\s\S]{2})([0-9a-fA-F]{2})?/g, (whole, digits?: string) => {
    if (digits === undefined) return '';
    const char = String.fromCharCode(Number.parseInt(digits, 16));
    return READABLE.test(char) ? char : whole;
  });
}

const GRPC_CAMEL = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'],
  ...['PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented'],
  ...['Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];
const GRPC_SNAKE = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** -1: no gRPC request, or nothing is known. Trailers, then the answer's head, then what its HTTP status means. */
function grpcRequestStatus(c: FormatContext): number {
  const type = c.request.get('content-type');
  return type === undefined || !type.startsWith('application/grpc') ? -1 : grpcStatus(c);
}

/** As if it were gRPC. */
export function grpcStatus(c: FormatContext): number {
  const said = c.responseTrailers?.get('grpc-status') ?? c.response?.get('grpc-status');
  if (said !== undefined) return parseGrpcStatus(said);
  return c.info.responseCode === 0 ? -1 : httpToGrpcStatus(c.info.responseCode);
}

function grpc(argument: string): Operator {
  if (argument === 'NUMBER') return grpcNumber;
  const words = argument === 'SNAKE_STRING' ? GRPC_SNAKE : GRPC_CAMEL;
  return (c) => {
    const status = grpcRequestStatus(c);
    return status < 0 ? undefined : (words[status] ?? String(status));
  };
}
const grpcNumber = (c: FormatContext): number | undefined => {
  const status = grpcRequestStatus(c);
  return status < 0 ? undefined : status;
};

export const MESSAGE_OPERATORS: OperatorRows = {
  REQ: header(request),
  REQUEST_HEADER: header(request),
  RESP: header(response),
  RESPONSE_HEADER: header(response),
  TRAILER: header(trailers),
  RESPONSE_TRAILER: header(trailers),
  REQUEST_HEADERS_BYTES: plain((c) => byteSize(c.request)),
  RESPONSE_HEADERS_BYTES: plain((c) => byteSize(c.response)),
  RESPONSE_TRAILERS_BYTES: plain((c) => byteSize(c.responseTrailers)),
  PATH: { make: path },
  QUERY_PARAM: { make: queryParam },
  QUERY_PARAMS: { make: queryParams },
  GRPC_STATUS: { make: grpc },
  GRPC_STATUS_NUMBER: plain(grpcNumber),
  STREAM_ID: plain((c) => (c.info.streamId === undefined ? c.request.get('x-request-id') : some(c.info.streamId))),
};
