/** `handle:headers()` and `handle:trailers()`. Mirrors HeaderMapWrapper (source/extensions/filters/http/lua/wrappers.cc). */
import type { Headers, WrittenNames } from '../../../codec/headers.ts';
import { asciiLower, isWritableName, isWritableTarget, isWritableValue } from '../../../platform/wire-text.ts';
import { type Call, pushIterator, pushWire, registerClass, ScriptObject } from './script-object.ts';
import { ScriptError } from './vm.ts';

/** Envoy keeps one value of these and joins what is added (header_map.h); any other name may stand several times. */
// biome-ignore format: a word list
const SINGLE = new Set([
  'accept', 'accept-encoding', 'authorization', 'cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date',
  'etag', 'expect', 'grpc-message', 'grpc-status', 'grpc-timeout', 'host', 'keep-alive', 'location', 'origin', 'proxy-connection',
  'proxy-status', 'server', 'te', 'transfer-encoding', 'upgrade', 'user-agent', 'via', 'x-client-trace-id', 'x-envoy-attempt-count',
  'x-envoy-decorator-operation', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-external-address', 'x-envoy-force-trace', 'x-envoy-internal',
  'x-envoy-original-path', 'x-forwarded-client-cert', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto',
  'x-request-id',
]);

type PseudoField = 'authority' | 'path' | 'method' | 'scheme' | 'protocol';
const PSEUDO: Readonly<Record<string, PseudoField>> = {
  ':authority': 'authority',
  ':path': 'path',
  ':method': 'method',
  ':scheme': 'scheme',
  ':protocol': 'protocol',
};
/** In Envoy's order. */
const REQUEST_ORDER: readonly [string, PseudoField][] = [
  [':authority', 'authority'],
  [':path', 'path'],
  [':method', 'method'],
  [':protocol', 'protocol'],
  [':scheme', 'scheme'],
];

/** Which field of the head a name means; undefined for an ordinary header. */
function pseudo(h: Headers, name: string): PseudoField | undefined {
  if (name === 'host') return h.status === 0 && h.method !== '' ? 'authority' : undefined;
  return name.charCodeAt(0) === 0x3a ? PSEUDO[name] : undefined;
}

export function valuesOf(h: Headers, name: string): string[] {
  const field = pseudo(h, name);
  if (field !== undefined) return h[field] === '' ? [] : [h[field]];
  if (name === ':status') return h.status === 0 ? [] : [String(h.status)];
  const values: string[] = [];
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) values.push(list[i + 1]);
  return values;
}

/** Name, value, name, value …, pseudo-headers first. */
export function allOf(h: Headers): string[] {
  const all: string[] = [];
  if (h.status !== 0) all.push(':status', String(h.status));
  for (const [name, field] of REQUEST_ORDER) if (h[field] !== '') all.push(name, h[field]);
  return all.concat(h.list);
}

export function setHeader(h: Headers, name: string, value: string): void {
  const field = pseudo(h, name);
  if (field !== undefined) {
    if (!isWritableTarget(value)) throw unwritable(name);
    h[field] = value;
  } else if (name === ':status') {
    h.status = statusOf(value);
  } else {
    checkHeader(name, value);
    // What Envoy keeps one of stays where it is; others go to the end.
    if (!SINGLE.has(name)) h.remove(name);
    h.set(name, value);
  }
}

export function addHeader(h: Headers, name: string, value: string): void {
  const special = name.charCodeAt(0) === 0x3a || SINGLE.has(name);
  const before = special ? valuesOf(h, name)[0] : undefined;
  if (special) {
    setHeader(h, name, before === undefined ? value : `${before},${value}`);
    return;
  }
  checkHeader(name, value);
  h.add(name, value);
}

export function removeHeader(h: Headers, name: string): void {
  const field = pseudo(h, name);
  if (field !== undefined) h[field] = '';
  else h.remove(name);
}

function statusOf(value: string): number {
  const status = /^\d{3}$/.test(value) ? Number(value) : 0;
  if (status < 200 || status > 599) throw new ScriptError(':status must be between 200-599');
  return status;
}

export function checkHeader(name: string, value: string): void {
  if (!isWritableName(name) || !isWritableValue(value)) throw unwritable(name);
}

const unwritable = (name: string): ScriptError =>
  new ScriptError(`header ${JSON.stringify(name)} has a character that cannot stand on the wire`);

/** A reason phrase, and the names as they were to be written. */
class WithReason implements WrittenNames {
  readonly reason: string;
  private readonly names: WrittenNames | null;
  constructor(reason: string, names: WrittenNames | null) {
    this.reason = reason;
    this.names = names;
  }
  lineStart(name: string): string {
    return this.names === null ? `\r\n${name}: ` : this.names.lineStart(name);
  }
}

export class HeadersObject extends ScriptObject {
  readonly kind = 'N5Envoy10Extensions11HttpFilters3Lua16HeaderMapWrapperE';
  readonly headers: Headers;
  /** Called before a change; false: too late. */
  readonly mayChange: () => boolean;
  iterating = false;
  constructor(headers: Headers, mayChange: () => boolean) {
    super();
    this.headers = headers;
    this.mayChange = mayChange;
  }

  checkChange(): void {
    if (this.iterating) throw new ScriptError('header map cannot be modified while iterating');
    if (!this.mayChange()) throw new ScriptError('header map can no longer be modified');
  }
}

const nameAt = (call: Call, index: number): string => asciiLower(call.string(index));

registerClass(HeadersObject, {
  get(self, call) {
    const name = nameAt(call, 2);
    const special = name.charCodeAt(0) === 0x3a || name === 'host';
    return call.give(special ? valuesOf(self.headers, name)[0] : self.headers.getAll(name));
  },
  getAtIndex(self, call) {
    const values = valuesOf(self.headers, nameAt(call, 2));
    const index = Math.trunc(call.number(3));
    return call.give(index >= 0 ? values[index] : undefined);
  },
  getNumValues: (self, call) => call.giveNumber(valuesOf(self.headers, nameAt(call, 2)).length),
  add(self, call) {
    self.checkChange();
    addHeader(self.headers, nameAt(call, 2), call.string(3));
    return 0;
  },
  replace(self, call) {
    self.checkChange();
    setHeader(self.headers, nameAt(call, 2), call.string(3));
    return 0;
  },
  remove(self, call) {
    self.checkChange();
    removeHeader(self.headers, nameAt(call, 2));
    return 0;
  },
  setHttp1ReasonPhrase(self, call) {
    self.checkChange();
    const phrase = call.string(2);
    if (!isWritableValue(phrase)) throw unwritable('reason phrase');
    if (self.headers.status !== 0) self.headers.written = new WithReason(phrase, self.headers.written);
    return 0;
  },
  __pairs(self, call) {
    if (self.iterating) throw new ScriptError('cannot create a second iterator before completing the first');
    self.iterating = true;
    const all = allOf(self.headers);
    let at = 0;
    return pushIterator(call, self, (step) => {
      if (at === all.length) {
        self.iterating = false;
        return 0;
      }
      pushWire(step.vm, step.L, all[at++]);
      pushWire(step.vm, step.L, all[at++]);
      return 2;
    });
  },
});
