/**
 * Where stateful_session keeps which host a client is with: in a cookie, in a header of its own, or around the value of a header of the
 * upstream's. Mirrors source/extensions/http/stateful_session/{cookie,header,envelope}.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type {
  Any,
  CookieBasedSessionState,
  EnvelopeSessionState,
  HeaderBasedSessionState,
} from '../../config/schema/types.ts';
import { WireError, WireReader } from '../../grpc/wire-reader.ts';
import { LENGTH, VARINT, WireWriter } from '../../grpc/wire-writer.ts';
import { asciiLower, isWritableName, isWritableValue, toWire } from '../../platform/wire-text.ts';
import { cookieValue } from '../headers/cookies.ts';

export interface SessionState {
  /** Whether there is a state for this request at all. */
  holdsFor(h: Headers): boolean;
  /** `ip:port`, '' for none. Takes it out of the request where the upstream is not to see it. */
  take(h: Headers): string;
  /** Tells the client that `host` has answered; `before`: what `take` said. False: as before. */
  put(h: Headers, host: string, before: string): boolean;
}

/** What a host is called in a cookie (source/extensions/http/stateful_session/cookie/cookie.proto). */
const ADDRESS = 1;
/** Seconds of the machine's monotonic clock; absent: it is good for ever. */
const EXPIRES = 2;

/** Bytes as wire text; '' for what is no base64. */
function fromBase64(text: string): string {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return '';
  return Buffer.from(text, 'base64').toString('latin1');
}
const toBase64 = (wire: string): string => Buffer.from(wire, 'latin1').toString('base64');

const monotonicSeconds = (): number => Math.floor(process.hrtime()[0]);

/** The new value stands last, as Envoy has it. */
function replace(h: Headers, name: string, value: string): void {
  h.remove(name);
  h.add(name, value);
}

class CookieState implements SessionState {
  private readonly name: string;
  private readonly path: string;
  private readonly ttlSeconds: number;
  private readonly attributes: string;

  constructor(config: CookieBasedSessionState) {
    const { name = '', ttl = 0, path = '', attributes = [] } = config.cookie ?? {};
    this.name = toWire(name);
    this.path = toWire(path);
    this.ttlSeconds = Math.floor(ttl / 1000);
    let rest = this.ttlSeconds > 0 ? `; Max-Age=${this.ttlSeconds}` : '';
    if (this.path !== '') rest += `; Path=${this.path}`;
    for (const { name: attribute = '', value = '' } of attributes) {
      rest += `; ${toWire(attribute)}${value === '' ? '' : `=${toWire(value)}`}`;
    }
    this.attributes = `${rest}; HttpOnly`;
    if (!isWritableValue(this.name + this.attributes)) {
      refuse(config, 'cookie', 'a cookie cannot have a line break or a NUL');
    }
  }

  holdsFor(h: Headers): boolean {
    const { path } = this;
    if (path === '' || path === '/') return true;
    if (!h.path.startsWith(path)) return false;
    return path.endsWith('/') || h.path.length === path.length || '/?#'.includes(h.path[path.length]);
  }

  take(h: Headers): string {
    const value = fromBase64(cookieValue(h, this.name) ?? '');
    if (value === '') return '';
    try {
      return this.read(new WireReader(Buffer.from(value, 'latin1')));
    } catch (error) {
      // Cookies of older releases are the address alone.
      if (error instanceof WireError) return value;
      throw error;
    }
  }

  private read(r: WireReader): string {
    let address = '';
    let expires = 0;
    while (r.next()) {
      if (r.field === ADDRESS && r.wireType === LENGTH) address = r.string();
      else if (r.field === EXPIRES && r.wireType === VARINT) expires = Number(r.varint64());
      else r.skip();
    }
    return expires !== 0 && monotonicSeconds() > expires ? '' : address;
  }

  put(h: Headers, host: string, before: string): boolean {
    if (host === before) return false;
    const w = new WireWriter();
    w.string(ADDRESS, host);
    if (this.ttlSeconds > 0) w.uint(EXPIRES, monotonicSeconds() + this.ttlSeconds);
    h.add('set-cookie', `${this.name}="${w.finish().toString('base64')}"${this.attributes}`);
    return true;
  }
}

class HeaderState implements SessionState {
  private readonly name: string;
  constructor(config: HeaderBasedSessionState) {
    this.name = headerName(config, config.name);
  }
  holdsFor(): boolean {
    return true;
  }
  take(h: Headers): string {
    return fromBase64(h.get(this.name) ?? '');
  }
  put(h: Headers, host: string, before: string): boolean {
    if (host === before) return false;
    replace(h, this.name, toBase64(host));
    return true;
  }
}

/** What stands before the upstream's own value. */
const VALUE = 'UV:';

class EnvelopeState implements SessionState {
  private readonly name: string;
  constructor(config: EnvelopeSessionState) {
    this.name = headerName(config.header ?? config, config.header?.name);
  }
  holdsFor(): boolean {
    return true;
  }
  take(h: Headers): string {
    const parts = (h.get(this.name) ?? '').split(';').filter((part) => part !== '');
    if (parts.length === 0) return '';
    const own = parts.slice(1).find((part) => part.startsWith(VALUE));
    const value = own === undefined ? '' : fromBase64(own.slice(VALUE.length));
    // Whoever wraps a line break in an envelope gets no header of it.
    if (value === '' || !isWritableValue(value)) return '';
    replace(h, this.name, value);
    return fromBase64(parts[0]);
  }
  put(h: Headers, host: string, before: string): boolean {
    let values = 0;
    for (let i = 0; i < h.list.length; i += 2) if (h.list[i] === this.name) values++;
    if (values === 1) replace(h, this.name, `${toBase64(host)};${VALUE}${toBase64(h.get(this.name) ?? '')}`);
    return host !== before;
  }
}

function headerName(config: object, name = ''): string {
  const wire = asciiLower(toWire(name));
  if (!isWritableName(wire)) refuse(config, 'name', `'${name}' is no name of a header`);
  return wire;
}

const STATES = 'envoy.extensions.http.stateful_session';

/** `config`: StatefulSession.session_state. */
export function sessionState(config: { readonly name?: string; readonly typedConfig?: Any }): SessionState {
  const { typedConfig } = config;
  switch (typedConfig?.typeUrl) {
    case `${STATES}.cookie.v3.CookieBasedSessionState`:
      return new CookieState(typedConfig.value as CookieBasedSessionState);
    case `${STATES}.header.v3.HeaderBasedSessionState`:
      return new HeaderState(typedConfig.value as HeaderBasedSessionState);
    case `${STATES}.envelope.v3.EnvelopeSessionState`:
      return new EnvelopeState(typedConfig.value as EnvelopeSessionState);
    default:
      return refuseUnregistered(config);
  }
}
