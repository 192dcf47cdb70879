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
  onticketkeycallback?: (name: Buffer, iv: Buffer, encrypt: boolean) => readonly unknown[];
  enableTicketKeyCallback(): void;
}

/** What Node's callback is answered: found or not, and whether the client gets a new ticket. */
const NOT_FOUND = 0;
const FOUND = 1;
const FOUND_AND_RENEW = 2;

const IV = 16;
const IVS = 256;

/**
 * For keys that are rotated, and for what Node's own callback does not do: the context asks here. `renews`: whoever resumes gets a new ticket
 * each time. In TLS 1.3 a client uses a ticket once, and would come with none the next time.
 */
export function useTicketKeys(context: SecureContext, keys: readonly TicketKey[], renews: boolean): void {
  const { randomFillSync } = process.getBuiltinModule('node:crypto');
  const native = context.context as NativeContext;
  const ivs = Buffer.allocUnsafeSlow(IV * IVS);
  let used = IVS;
  // Node reads them at once: one of each serves.
  const [first] = keys;
  const made: unknown[] = [FOUND, first.hmac, first.aes, first.name, null];
  // Node asks for the keys all the same.
  const unknown: readonly unknown[] = [NOT_FOUND, first.hmac, first.aes];
  const known = keys.map(({ hmac, aes }, i) => [i === 0 && !renews ? FOUND : FOUND_AND_RENEW, hmac, aes]);
  native.onticketkeycallback = (name, _iv, encrypt) => {
    if (!encrypt) return known[keys.findIndex((k) => k.name.equals(name))] ?? unknown;
    if (used === IVS) {
      randomFillSync(ivs);
      used = 0;
    }
    made[4] = ivs.subarray(used * IV, ++used * IV);
    return made;
  };
  native.enableTicketKeyCallback();
}

const SECRET = 'envoylet.tls.tickets';

/** Of this process and of contexts with this id. */
export function ownTicketKey(contextId: string): TicketKey {
  const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
  const { getEnvironmentData, setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
  let secret = getEnvironmentData(SECRET) as Uint8Array | undefined;
  if (secret === undefined) {
    secret = randomBytes(32);
    setEnvironmentData(SECRET, secret);
  }
  const key = createHmac('sha512', secret).update(contextId).digest();
  return { name: key.subarray(0, NAME), hmac: key.subarray(NAME, 48), aes: key.subarray(48, 64) };
}
