/** What an authorisation service says, whichever protocol it speaks. Role of Filters::Common::ExtAuthz::Response. */
import type { BytesMeter } from '../../../codec/bytes-meter.ts';
import type { AsyncParent, CallSpan } from '../../../upstream/async.ts';
import type { FilterStream } from '../../stream/filter.ts';
import type { CheckInput } from './check-request.ts';

export const OK = 0;
export const DENIED = 1;
export const ERROR = 2;

/** HeaderAppendAction. */
export const APPEND = 0;
export const ADD_IF_ABSENT = 1;
export const OVERWRITE_OR_ADD = 2;
export const OVERWRITE = 3;

/** Name and value are wire text, and whatever the service says: they are looked at before they are used. */
export interface Mutation {
  readonly name: string;
  readonly value: string;
  readonly action: number;
  /** Said with the older field `append`: one that is there is appended to, joined with a comma; none is made. */
  readonly joins: boolean;
}

export interface Decision {
  readonly status: typeof OK | typeof DENIED | typeof ERROR;
  /** Of the answer to the client; 0: status_on_error. */
  readonly code: number;
  readonly body: Buffer;
  /** Of an answer from here. */
  readonly replyHeaders: readonly Mutation[];
  /** Of the request. */
  readonly requestHeaders: readonly Mutation[];
  readonly headersToRemove: readonly string[];
  /** Of the upstream's answer. */
  readonly responseHeaders: readonly Mutation[];
  readonly queryToSet: readonly (readonly [string, string])[];
  readonly queryToRemove: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** An append_action that nobody knows. */
  readonly unknownAction: boolean;
  /** -1: it was not asked by gRPC. */
  readonly grpcStatus: number;
  /** Of the call, on the wire; null where they are not counted. */
  readonly bytes: Readonly<BytesMeter> | null;
}

const NONE: readonly never[] = [];
export const NO_BODY = Buffer.alloc(0);

export function decision(status: Decision['status'], more: Partial<Decision>): Decision {
  return {
    status,
    code: 0,
    body: NO_BODY,
    replyHeaders: NONE,
    requestHeaders: NONE,
    headersToRemove: NONE,
    responseHeaders: NONE,
    queryToSet: NONE,
    queryToRemove: NONE,
    metadata: null,
    unknownAction: false,
    grpcStatus: -1,
    bytes: null,
    ...more,
  };
}

/** Into the span of the call. */
export function tagStatus(span: Pick<CallSpan, 'setTag'>, allowed: boolean): void {
  span.setTag('ext_authz_status', allowed ? 'ext_authz_ok' : 'ext_authz_unauthorized');
}

/** One that is asked. Calls back once, never from within `check`, and not after `cancel`. */
export interface AuthorizationService {
  check(input: CheckInput, parent: AsyncParent & FilterStream, done: (d: Decision) => void): { cancel(): void };
}
