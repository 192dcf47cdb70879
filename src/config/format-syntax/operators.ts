/**
 * The commands of a format that Envoy 1.40 knows: whether each takes an argument and a length, and what its argument may be. Here rather
 * than with what carries them out, so that a config can be judged as Envoy would without either. Mirrors the CommandSyntaxChecker rows
 * of source/common/formatter/*_formatter.cc; the sentences are Envoy's.
 */
import { asciiLower, fromWire, isWritableName } from '../../platform/wire-text.ts';
import { type Command, parseFormat } from './parse.ts';

const NO_ARGUMENT = 0;
const MAY_HAVE_ARGUMENT = 1;
const NEEDS_ARGUMENT = 2;

interface Syntax {
  readonly argument: 0 | 1 | 2;
  /** `:n` cuts the value to n bytes. */
  readonly length?: true;
  /** Throws for what the argument may not be. */
  readonly check?: (argument: string) => void;
}

/** Those with a name and nothing else. */
const PLAIN = new Set(
  (
    'ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_RETRANSMITTED BYTES_SENT CONNECTION_ID CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS ' +
    'DOWNSTREAM_CX_RTT DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT ' +
    'DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID ' +
    'DOWNSTREAM_DIRECT_LOCAL_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_PORT DOWNSTREAM_HANDSHAKE_DURATION ' +
    'DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID ' +
    'DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_DNS_SAN DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_IP_SAN ' +
    'DOWNSTREAM_LOCAL_OTHERNAME_SAN DOWNSTREAM_LOCAL_PORT DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT ' +
    'DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1 DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256 DOWNSTREAM_PEER_CHAIN_SERIALS ' +
    'DOWNSTREAM_PEER_DNS_SAN DOWNSTREAM_PEER_EMAIL_SAN DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 ' +
    'DOWNSTREAM_PEER_IP_SAN DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL ' +
    'DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN ' +
    'DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER DOWNSTREAM_TLS_GROUP DOWNSTREAM_TLS_SESSION_ID ' +
    'DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_SENT DURATION ' +
    'FILTER_CHAIN_NAME GRPC_STATUS_NUMBER HOSTNAME LISTENER_NAME LOCAL_REPLY_BODY PACKETS_RETRANSMITTED PROTOCOL ' +
    'REQUEST_DURATION REQUEST_HEADERS_BYTES REQUEST_TX_DURATION RESPONSE_CODE RESPONSE_DURATION RESPONSE_FLAGS RESPONSE_FLAGS_LONG ' +
    'RESPONSE_HEADERS_BYTES RESPONSE_TRAILERS_BYTES RESPONSE_TX_DURATION ROUNDTRIP_DURATION ROUTE_NAME SPAN_ID STREAM_ID ' +
    'TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT TRACE_ID UNIQUE_ID UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW UPSTREAM_CONNECTION_ID ' +
    'UPSTREAM_CONNECTION_IDS_ATTEMPTED UPSTREAM_CONNECTION_POOL_READY_DURATION UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED ' +
    'UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT ' +
    'UPSTREAM_HOST UPSTREAM_HOSTS_ATTEMPTED UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT UPSTREAM_HOST_NAME ' +
    'UPSTREAM_HOST_NAMES_ATTEMPTED UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT UPSTREAM_HOST_NAME_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS ' +
    'UPSTREAM_LOCAL_CLOSE_REASON UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN UPSTREAM_LOCAL_PORT UPSTREAM_LOCAL_URI_SAN ' +
    'UPSTREAM_PEER_CERT UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_PEER_ISSUER UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_URI_SAN ' +
    'UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID UPSTREAM_REMOTE_PORT ' +
    'UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER UPSTREAM_TLS_GROUP UPSTREAM_TLS_SESSION_ID ' +
    'UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED UPSTREAM_WIRE_BYTES_SENT ' +
    'VIRTUAL_CLUSTER_NAME'
  ).split(' '),
);

const HEADER: Syntax = { argument: NEEDS_ARGUMENT, length: true, check: headerNames };
const TIME: Syntax = { argument: MAY_HAVE_ARGUMENT, check: timeFormat };
const NETWORK: Syntax = { argument: MAY_HAVE_ARGUMENT };
const METADATA: Syntax = { argument: NEEDS_ARGUMENT, length: true };
const STATE: Syntax = { argument: MAY_HAVE_ARGUMENT, length: true, check: filterState };
const NONE: Syntax = { argument: NO_ARGUMENT };

const WITH_ARGUMENT: Readonly<Record<string, Syntax>> = {
  REQ: HEADER,
  REQUEST_HEADER: HEADER,
  RESP: HEADER,
  RESPONSE_HEADER: HEADER,
  TRAILER: HEADER,
  RESPONSE_TRAILER: HEADER,
  PATH: { argument: MAY_HAVE_ARGUMENT, length: true, check: path },
  QUERY_PARAM: METADATA,
  QUERY_PARAMS: { argument: MAY_HAVE_ARGUMENT, length: true, check: oneOf('QUERY_PARAMS', ['ORIG', 'DECODED']) },
  GRPC_STATUS: { argument: MAY_HAVE_ARGUMENT, check: grpcStatus },
  START_TIME: TIME,
  START_TIME_LOCAL: TIME,
  EMIT_TIME: TIME,
  EMIT_TIME_LOCAL: TIME,
  DOWNSTREAM_PEER_CERT_V_START: TIME,
  DOWNSTREAM_PEER_CERT_V_END: TIME,
  UPSTREAM_PEER_CERT_V_START: TIME,
  UPSTREAM_PEER_CERT_V_END: TIME,
  COMMON_DURATION: { argument: NEEDS_ARGUMENT, check: commonDuration },
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: NETWORK,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: NETWORK,
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: NETWORK,
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT: NETWORK,
  UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: NETWORK,
  UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: NETWORK,
  RESPONSE_CODE_DETAILS: { argument: MAY_HAVE_ARGUMENT },
  DYNAMIC_METADATA: METADATA,
  CLUSTER_METADATA: { argument: NEEDS_ARGUMENT },
  UPSTREAM_METADATA: { argument: NEEDS_ARGUMENT },
  METADATA: { argument: MAY_HAVE_ARGUMENT, length: true, check: anyMetadata },
  FILTER_STATE: STATE,
  UPSTREAM_FILTER_STATE: STATE,
  ENVIRONMENT: METADATA,
  REQUESTED_SERVER_NAME: {
    argument: MAY_HAVE_ARGUMENT,
    check: oneOf('REQUESTED_SERVER_NAME', ['SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST']),
  },
  COALESCE: { argument: NEEDS_ARGUMENT, length: true, check: (argument) => void coalesced(argument) },
  CEL: { argument: MAY_HAVE_ARGUMENT, length: true },
  TYPED_CEL: { argument: MAY_HAVE_ARGUMENT, length: true },
};

/** All that Envoy 1.40 knows. */
export const COMMAND_NAMES: readonly string[] = [...PLAIN, ...Object.keys(WITH_ARGUMENT)];

/** Throws Envoy's sentence for a name it does not know, or that stands with something it does not take. */
export function checkCommand({ name, argument, length }: Command): void {
  const syntax = Object.hasOwn(WITH_ARGUMENT, name) ? WITH_ARGUMENT[name] : PLAIN.has(name) ? NONE : undefined;
  if (syntax === undefined) throw new Error(`Not supported field in StreamInfo: ${name}`);
  if (syntax.argument === NO_ARGUMENT && (argument !== '' || length >= 0)) {
    throw new Error(`${name} does not take any parameters or length`);
  }
  if (syntax.argument === NEEDS_ARGUMENT && argument === '') throw new Error(`${name} requires parameters`);
  if (length >= 0 && syntax.length !== true) throw new Error(`${name} does not allow length to be specified.`);
  syntax.check?.(argument);
}

/** Wire text and commands that Envoy knows. Throws its sentence for anything else. */
export function checkedParts(format: string): (string | Command)[] {
  const parts = parseFormat(format);
  for (const part of parts) if (typeof part !== 'string') checkCommand(part);
  return parts;
}

/** `MAIN?ALTERNATIVE`, in lower case. */
export function headerNames(argument: string): [main: string, alternative: string] {
  const parts = argument.split('?');
  if (parts.length > 2) throw new Error(`More than 1 alternative header specified in token: ${fromWire(argument)}`);
  for (const part of parts) {
    if (part !== '' && !isWritableName(part.replace(/^:/, ''))) {
      throw new Error('Invalid header configuration. Format string contains invalid characters.');
    }
  }
  return [headerName(parts[0]), headerName(parts[1] ?? '')];
}

/** HTTP/1's name of the authority means it everywhere. */
function headerName(text: string): string {
  const name = asciiLower(text);
  // As a property's name it is the one string of its kind, like the names that codecs read: comparing them is comparing pointers.
  return name === 'host' ? ':authority' : Object.keys({ [name]: 0 })[0];
}

function oneOf(name: string, words: readonly string[]): (argument: string) => void {
  return (argument) => {
    if (argument === '' || words.includes(argument)) return;
    const allowed = words.map((w) => `'${w}'`).join('/');
    throw new Error(`Invalid ${name} option: '${fromWire(argument)}', only ${allowed} are allowed`);
  };
}

function path(argument: string): void {
  const [query = '', which = ''] = argument.split(':');
  oneOf('PATH', ['WQ', 'NQ'])(query);
  oneOf('PATH', ['ORIG', 'PATH', 'ORIG_OR_PATH'])(which);
}

function grpcStatus(argument: string): void {
  if (['', 'CAMEL_STRING', 'SNAKE_STRING', 'NUMBER'].includes(argument)) return;
  throw new Error(`GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: ${fromWire(argument)}`);
}

/** It may become a header. */
function timeFormat(argument: string): void {
  if (argument.includes('\n') || /%[-_0^#]*[1-9]*(?:E|O)?n/.test(argument)) {
    throw new Error('Invalid header configuration. Format string contains newline.');
  }
}

function commonDuration(argument: string): void {
  const parts = argument.split(':');
  if (parts.length < 2 || parts.length > 3) {
    throw new Error(`Invalid common duration configuration: ${fromWire(argument)}.`);
  }
  const precision = parts[2] ?? 'ms';
  if (!['ms', 'us', 'ns'].includes(precision)) {
    throw new Error(`Invalid common duration precision: ${fromWire(precision)}.`);
  }
}

function filterState(argument: string): void {
  const [key, kind, field] = argument.split(':');
  if (key === '') throw new Error('Invalid filter state configuration, key cannot be empty.');
  if (kind === undefined || kind === 'PLAIN' || kind === 'TYPED') return;
  if (kind !== 'FIELD') throw new Error('Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.');
  if (field === undefined || field === '') {
    throw new Error('Invalid filter state serialize type, FIELD should be used with the field name.');
  }
}

function anyMetadata(argument: string): void {
  const [kind] = argument.split(':', 1);
  const known = ['DYNAMIC', 'CLUSTER', 'ROUTE', 'UPSTREAM_HOST', 'LISTENER', 'VIRTUAL_HOST', 'LISTENER_FILTER_CHAIN'];
  if (!known.includes(kind)) throw new Error(`${fromWire(kind)} is not supported type of metadata`);
}

/** COALESCE's commands: the first that has something to say wins. */
export function coalesced(argument: string): Command[] {
  let config: { operators?: unknown };
  try {
    config = JSON.parse(fromWire(argument) ?? '') as { operators?: unknown };
  } catch (error) {
    throw new Error(`COALESCE: failed to parse JSON configuration: ${(error as Error).message}`);
  }
  const operators = (config as { operators?: unknown } | null)?.operators;
  if (!Array.isArray(operators)) throw new Error("COALESCE: JSON configuration must contain 'operators' array");
  if (operators.length === 0) throw new Error("COALESCE: 'operators' array must not be empty");
  return operators.map((operator: unknown, i) => coalescedCommand(operator, i));
}

function coalescedCommand(operator: unknown, i: number): Command {
  const {
    command,
    param,
    max_length: length,
  } = (typeof operator === 'string' ? { command: operator } : (operator ?? {})) as {
    command?: unknown;
    param?: unknown;
    max_length?: unknown;
  };
  const fail = (why: string): never => {
    throw new Error(`COALESCE: failed to parse operator at index ${i}: ${why}`);
  };
  if (typeof command !== 'string') return fail("object must contain 'command' field");
  const made: Command = {
    name: command,
    argument: typeof param === 'string' ? param : '',
    length: typeof length === 'number' ? length : -1,
  };
  if (!Object.hasOwn(WITH_ARGUMENT, command) && !PLAIN.has(command)) return fail(`unknown command: '${command}'`);
  checkCommand(made);
  return made;
}
