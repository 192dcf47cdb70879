/** What a client is told, and what is noted, when a try at a host ended without a whole answer (Filter::onUpstreamReset). */
import type { ResetReason } from '../../codec/http.ts';
import { systemSentence } from '../../platform/errno.ts';
import { UPSTREAM_CONNECT_ERROR } from '../stream/local-reply.ts';
import {
  LOCAL_RESET,
  OVERLOAD_MANAGER,
  UPSTREAM_CONNECTION_FAILURE,
  UPSTREAM_CONNECTION_TERMINATION,
  UPSTREAM_OVERFLOW,
  UPSTREAM_PROTOCOL_ERROR,
  UPSTREAM_REMOTE_RESET,
} from '../stream/response-flags.ts';

/** Response flags by reset reason (Filter::streamResetReasonToResponseFlag). */
const FLAGS: Record<ResetReason, number> = {
  'local reset': LOCAL_RESET,
  'local refused stream reset': LOCAL_RESET,
  'remote reset': UPSTREAM_REMOTE_RESET,
  'remote refused stream reset': UPSTREAM_REMOTE_RESET,
  'connection failure': UPSTREAM_CONNECTION_FAILURE,
  'local connection failure': UPSTREAM_CONNECTION_FAILURE,
  'remote connection failure': UPSTREAM_CONNECTION_FAILURE,
  'connection timeout': UPSTREAM_CONNECTION_FAILURE,
  'connection termination': UPSTREAM_CONNECTION_TERMINATION,
  overflow: UPSTREAM_OVERFLOW,
  'protocol error': UPSTREAM_PROTOCOL_ERROR,
  'connect error': UPSTREAM_REMOTE_RESET,
  'overload manager reset': OVERLOAD_MANAGER,
};

export const resetFlag = (reason: ResetReason): number => FLAGS[reason];

/** `old`: as Envoy 1.16. */
export function resetStatus(reason: ResetReason, old: boolean): number {
  return reason === 'protocol error' && !old ? 502 : 503;
}

/** `retried`: it was not the first try. */
export function resetBody(reason: ResetReason, old: boolean, retried: boolean): string {
  return `${UPSTREAM_CONNECT_ERROR}${retried ? 'retried and the latest ' : ''}reset reason: ${old ? oldReason(reason) : reason}`;
}

/** UPSTREAM_TRANSPORT_FAILURE_REASON in the words of Envoy's socket: `delayed connect error: Connection refused`. `code`: an errno's. */
export function transportFailure(reason: ResetReason, code: string): string {
  if (reason === 'local connection failure') return code;
  if (reason !== 'remote connection failure' || code === '') return '';
  // A transport's own words.
  if (code.startsWith('TLS_error')) return code;
  return `delayed connect error: ${systemSentence(code)}`;
}

/** RESPONSE_CODE_DETAILS. `failure`: of the transport. */
export function resetDetails(reason: ResetReason, started: boolean, old: boolean, failure = ''): string {
  if (started) return `upstream_reset_after_response_started{${reason.replaceAll(' ', '_')}}`;
  const word = old ? oldReason(reason) : (failure === '' ? reason : `${reason}|${failure}`).replaceAll(' ', '_');
  return `upstream_reset_before_response_started{${word}}`;
}

/** Envoy 1.16 had one word for every failed connect. */
function oldReason(reason: ResetReason): string {
  return reason === 'remote connection failure' ||
    reason === 'local connection failure' ||
    reason === 'connection timeout'
    ? 'connection failure'
    : reason;
}
