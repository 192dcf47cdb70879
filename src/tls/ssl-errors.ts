/**
 * What OpenSSL reports, in the words Envoy's logs have from BoringSSL: `TLS_error:|268435703:SSL routines:OPENSSL_internal:
 * WRONG_VERSION_NUMBER:TLS_error_end`. Mirrors SslSocket::drainErrorQueue (source/common/tls/ssl_socket.cc).
 */
import type { SslError } from './tls-handles.ts';

/** BoringSSL's ERR_LIB_SSL in the upper byte. */
const LIBRARY = 16 * 2 ** 24;
/** What an alert of the peer adds to its number. */
const ALERTS = 1000;

/** OpenSSL's reason → BoringSSL's (openssl/ssl.h). */
const REASONS: Readonly<Record<string, readonly [name: string, number: number]>> = {
  BAD_RECORD_TYPE: ['WRONG_VERSION_NUMBER', 247],
  BAD_SIGNATURE: ['BAD_SIGNATURE', 114],
  CERTIFICATE_VERIFY_FAILED: ['CERTIFICATE_VERIFY_FAILED', 125],
  CLIENTHELLO_PARSE_FAILED: ['CLIENTHELLO_PARSE_FAILED', 131],
  CONNECTION_REJECTED: ['CONNECTION_REJECTED', 133],
  DATA_LENGTH_TOO_LONG: ['ENCRYPTED_LENGTH_TOO_LONG', 146],
  DECRYPTION_FAILED_OR_BAD_RECORD_MAC: ['DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 139],
  EXCESSIVE_MESSAGE_SIZE: ['EXCESSIVE_MESSAGE_SIZE', 150],
  HTTPS_PROXY_REQUEST: ['HTTPS_PROXY_REQUEST', 155],
  HTTP_REQUEST: ['HTTP_REQUEST', 156],
  KEY_USAGE_BIT_INCORRECT: ['KEY_USAGE_BIT_INCORRECT', 302],
  NO_SHARED_CIPHER: ['NO_SHARED_CIPHER', 184],
  PEER_DID_NOT_RETURN_A_CERTIFICATE: ['PEER_DID_NOT_RETURN_A_CERTIFICATE', 192],
  UNEXPECTED_MESSAGE: ['UNEXPECTED_MESSAGE', 223],
  UNEXPECTED_RECORD: ['UNEXPECTED_RECORD', 225],
  UNSUPPORTED_PROTOCOL: ['UNSUPPORTED_PROTOCOL', 240],
  WRONG_VERSION_NUMBER: ['WRONG_VERSION_NUMBER', 247],
};

/** The alerts that SSL 3 had; the others are TLSV1_ALERT_. */
const SSL3_ALERTS = new Set([10, 20, 30, 40, 41, 42, 43, 44, 45, 46, 47]);
const ALERT_NUMBERS: Readonly<Record<string, number>> = {
  UNEXPECTED_MESSAGE: 10,
  BAD_RECORD_MAC: 20,
  DECOMPRESSION_FAILURE: 30,
  HANDSHAKE_FAILURE: 40,
  NO_CERTIFICATE: 41,
  BAD_CERTIFICATE: 42,
  UNSUPPORTED_CERTIFICATE: 43,
  CERTIFICATE_REVOKED: 44,
  CERTIFICATE_EXPIRED: 45,
  CERTIFICATE_UNKNOWN: 46,
  ILLEGAL_PARAMETER: 47,
  UNKNOWN_CA: 48,
  ACCESS_DENIED: 49,
  DECODE_ERROR: 50,
  DECRYPT_ERROR: 51,
  PROTOCOL_VERSION: 70,
  INSUFFICIENT_SECURITY: 71,
  INTERNAL_ERROR: 80,
  USER_CANCELLED: 90,
  NO_RENEGOTIATION: 100,
  UNSUPPORTED_EXTENSION: 110,
  UNRECOGNIZED_NAME: 112,
  UNKNOWN_PSK_IDENTITY: 115,
  CERTIFICATE_REQUIRED: 116,
  NO_APPLICATION_PROTOCOL: 120,
};

/** `WRONG_VERSION_NUMBER`: OpenSSL's reason without what Node puts before it. */
export function reasonOf(error: SslError): string {
  return (error.code ?? '').replace(/^ERR_SSL_/, '');
}

/** The failure as Envoy's logs have it. */
export function transportFailure(error: SslError): string {
  const reason = reasonOf(error);
  const alert = ALERT_NUMBERS[reason.replace(/^.*_ALERT_/, '')];
  if (alert !== undefined && reason.includes('_ALERT_')) {
    const name = reason.replace(/^.*_ALERT_/, '');
    return sentence(ALERTS + alert, `${SSL3_ALERTS.has(alert) ? 'SSLV3' : 'TLSV1'}_ALERT_${name}`);
  }
  const [name, number] = REASONS[reason] ?? [reason, 0];
  // Envoy's verification callback has a word to add.
  const more =
    reason === 'PEER_DID_NOT_RETURN_A_CERTIFICATE' ? ':peer did not provide required client certificate' : '';
  return sentence(number, `${name}${more}`);
}

function sentence(number: number, name: string): string {
  return `TLS_error:|${LIBRARY + number}:SSL routines:OPENSSL_internal:${name}:TLS_error_end`;
}

/** Of a socket that failed during the handshake; `errno`: positive. BoringSSL's ERR_LIB_SYS is 2. */
export function systemFailure(errno: number, sentence: string): string {
  return `TLS_error:|${2 * 2 ** 24 + errno}:system library:OPENSSL_internal:${sentence}:TLS_error_end`;
}

/** Of a certificate that was not taken; `detail`: why. */
export function verifyFailure(detail: string): string {
  const [name, number] = REASONS.CERTIFICATE_VERIFY_FAILED;
  return `TLS_error:|${LIBRARY + number}:SSL routines:OPENSSL_internal:${name}${detail === '' ? '' : `:${detail}`}:TLS_error_end`;
}

/** How BoringSSL answers first bytes that are no ClientHello: with an alert, 0 for none. Null: OpenSSL says the same. */
export interface BadHello {
  readonly alert: number;
  readonly error: SslError;
}

/** What tls_inspector says of first bytes that are no ClientHello. */
export function inspectionFailure(data: Buffer): string {
  const words = [4, 5].map((n) => data.toString('latin1', 0, n));
  const http = words[1] === 'CONNE' ? 'HTTPS_PROXY_REQUEST' : 'HTTP_REQUEST';
  const is = words.some((word) => HTTP_WORDS.includes(word));
  const error = is ? bad(0, http).error : (badHello(data) ?? bad(0, 'UNEXPECTED_MESSAGE')).error;
  return transportFailure(error).replace(/^TLS_error:\|(\d+)/, (_, n) => `TLS_error|error:${Number(n).toString(16)}`);
}

/** Records, and the message that begins a handshake. */
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
/** BoringSSL's limit of a ClientHello. */
const MAX_HELLO = 16 * 1024;
const FATAL = 2;
const MAX_ENCRYPTED = 16 * 1024 + 256;

export function badHello(data: Buffer): BadHello | null {
  if (data.length < 5 || HTTP_WORDS.includes(data.toString('latin1', 0, 5))) return null;
  if (HTTP_WORDS.includes(data.toString('latin1', 0, 4))) return null;
  // Of SSL 2, which neither speaks.
  if ((data[0] & 0x80) !== 0 && data[3] === 3) return null;
  if (data[1] !== 3) return bad(70, 'WRONG_VERSION_NUMBER');
  if (data.readUInt16BE(3) > MAX_ENCRYPTED) return bad(22, 'DATA_LENGTH_TOO_LONG');
  if (data[0] === ALERT && data.length >= 7 && data[5] === FATAL) {
    const name = Object.keys(ALERT_NUMBERS).find((key) => ALERT_NUMBERS[key] === data[6]);
    return name === undefined ? null : bad(0, `TLS_ALERT_${name}`);
  }
  if (data[0] === CHANGE_CIPHER_SPEC || data[0] === APPLICATION_DATA) return bad(10, 'UNEXPECTED_RECORD');
  if (data[0] !== HANDSHAKE || data.length < 6) return null;
  if (data[5] !== CLIENT_HELLO) return bad(10, 'UNEXPECTED_MESSAGE');
  // In pieces: there it may be anything.
  if (data.length < 9 || data.readUInt16BE(3) < 4) return null;
  return data.readUIntBE(6, 3) > MAX_HELLO ? bad(47, 'EXCESSIVE_MESSAGE_SIZE') : bad(50, 'CLIENTHELLO_PARSE_FAILED');
}

/** For these there is a reason of their own, and no alert. */
const HTTP_WORDS: readonly string[] = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'CONNE'];

function bad(alert: number, reason: string): BadHello {
  return { alert, error: Object.assign(new Error(reason), { code: `ERR_SSL_${reason}` }) };
}
