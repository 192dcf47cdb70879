/**
 * Keys of session tickets: configured ones (DownstreamTlsContext.session_ticket_keys), or of this process, the same in all its event loops,
 * so that a client may resume at any of them. Envoy's are AES-256, Node's AES-128: of a configured key the parts are shortened, and
 * tickets are not interchangeable with Envoy's.
 */
import type { SecureContext } from 'node:tls';
import { readDataSource } from '../config/data-source.ts';
import { refuse } from '../config/refusal.ts';
import type { Secret, TlsSessionTicketKeys } from '../config/schema/types.ts';

/** Envoy's: 16 of name, 32 of HMAC, 32 of AES. */
const KEY_BYTES = 80;
const NAME = 16;

export interface TicketKey {
  readonly name: Buffer;
  readonly hmac: Buffer;
  readonly aes: Buffer;
}

/** The first encrypts, all decrypt. */
export function readTicketKeys(config: TlsSessionTicketKeys): readonly TicketKey[] {
  return (config.keys ?? []).map((source) => {
    const key = readDataSource(source);
    if (key.length !== KEY_BYTES) {
      const message = `Incorrect TLS session ticket key length. Length ${key.length}, expected length ${KEY_BYTES}.`;
      refuse(config, 'keys', message, { here: true });
    }
    return {
      name: key.subarray(0, NAME),
      hmac: key.subarray(NAME, NAME + 32),
      aes: key.subarray(NAME + 32, NAME + 48),
    };
  });
}

export function checkTicketKeys({ sessionTicketKeys = {} }: Secret): void {
  readTicketKeys(sessionTicketKeys);
}

interface NativeContext {
  onticketkeycallback?: (name: Buffer, iv: Buffer, encrypt: boolean) => unknown[];
  enableTicketKeyCallback(): void;
}

/** What Node's callback is answered: found or not, and whether the client gets a new ticket. */
const NOT_FOUND = 0;
const FOUND = 1;
const FOUND_AND_RENEW = 2;

/** For keys that are rotated: the context asks here. */
export function useTicketKeys(context: SecureContext, keys: readonly TicketKey[]): void {
  const { randomBytes } = process.getBuiltinModule('node:crypto');
  const native = context.context as NativeContext;
  native.onticketkeycallback = (name, _iv, encrypt) => {
    if (encrypt) {
      const [key] = keys;
      return [FOUND, key.hmac, key.aes, key.name, randomBytes(16)];
    }
    const at = keys.findIndex((k) => k.name.equals(name));
    // Node asks for the keys all the same.
    if (at < 0) return [NOT_FOUND, keys[0].hmac, keys[0].aes];
    return [at === 0 ? FOUND : FOUND_AND_RENEW, keys[at].hmac, keys[at].aes];
  };
  native.enableTicketKeyCallback();
}

const SECRET = 'envoylet.tls.tickets';

/** 48 bytes as `ticketKeys` of a SecureContext: of this process and of contexts with this id. */
export function ownTicketKeys(contextId: string): Buffer {
  const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
  const { getEnvironmentData, setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
  let secret = getEnvironmentData(SECRET) as Uint8Array | undefined;
  if (secret === undefined) {
    secret = randomBytes(32);
    setEnvironmentData(SECRET, secret);
  }
  return createHmac('sha512', secret).update(contextId).digest().subarray(0, 48);
}
