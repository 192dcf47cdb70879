/** The methods of a script's handle (docs: config_http_filters_lua, "Stream handle API"). */
import type { KeyObject } from 'node:crypto';
import { Headers } from '../../../codec/headers.ts';
import { asciiLower } from '../../../platform/wire-text.ts';
import type { AsyncClient, AsyncOptions } from '../../../upstream/async.ts';
import type { Cluster } from '../../../upstream/cluster.ts';
import type { ClusterLookup } from '../../../upstream/cluster-ref.ts';
import { addHeader, checkHeader, HeadersObject } from './headers-object.ts';
import {
  BOOLEAN,
  type Call,
  NIL,
  NUMBER,
  pushIterator,
  pushWire,
  registerClass,
  ScriptObject,
  STRING,
  TABLE,
  textOf,
} from './script-object.ts';
import { type ScriptStats, StatsScope } from './stats-objects.ts';
import { CALLS, type HandleOwner, RESPONDED, StreamHandle } from './stream-handle.ts';
import { ConnectionInfo, ConnectionObject, type Fields, LevelObject } from './stream-objects.ts';
import { eachEntry } from './values.ts';
import { ScriptError } from './vm.ts';

/** What the methods need of the filter. */
export interface ScriptHost extends HandleOwner {
  readonly clusters: ClusterLookup;
  readonly client: AsyncClient;
  readonly stats: ScriptStats;
  readonly hostMetadata: Fields;
  setOverrideHost(host: string, strict: boolean): void;
}

const hostOf = (self: StreamHandle): ScriptHost => self.owner as ScriptHost;

class PublicKeyObject extends ScriptObject {
  readonly kind = 'N5Envoy10Extensions11HttpFilters3Lua16PublicKeyWrapperE';
  readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
}
registerClass(PublicKeyObject, { get: (self, call) => (self.text === '' ? call.giveNil() : call.give(self.text)) });

/** Loaded when a script asks. */
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

registerClass(StreamHandle, {
  headers: (self, call) => call.giveObject(self.headersObject()),
  requestHeaders(self, call) {
    if (self.side.decodes) return call.giveObject(self.headersObject());
    return call.giveObject(self.keep('request', () => new HeadersObject(self.side.stream.request, () => true)));
  },
  body(self, call) {
    if (call.count < 2) return self.body(call, false);
    call.need(2, BOOLEAN);
    return self.body(call, call.boolean(2));
  },
  bodyChunks(self, call) {
    if (self.sawBody) throw new ScriptError('cannot call bodyChunks after body processing has begun');
    return pushIterator(call, self, (step) => self.nextChunk(step));
  },
  trailers: (self, call) => self.trailersOf(call),
  metadata: (self, call) => call.giveObject(self.metadata()),
  filterContext: (self, call) => call.giveObject(self.context()),
  streamInfo: (self, call) => call.giveObject(self.streamInfo()),
  connection: (self, call) => call.giveObject(self.keep('connection', () => new ConnectionObject(self.side.stream))),
  connectionStreamInfo: (self, call) => call.giveObject(self.keep('connectionInfo', () => new ConnectionInfo())),
  route: (self, call) => call.giveObject(self.keep('route', () => new LevelObject(hostOf(self).routeMetadata()))),
  virtualHost: (self, call) =>
    call.giveObject(self.keep('virtualHost', () => new LevelObject(hostOf(self).hostMetadata))),
  stats: (self, call) => call.giveObject(self.keep('stats', () => new StatsScope(hostOf(self).stats))),
  clearRouteCache(self) {
    if (self.side.decodes) self.side.stream.clearRoute();
    return 0;
  },
  setUpstreamOverrideHost(self, call) {
    const host = call.string(2);
    if (!isIpAuthority(host)) throw new ScriptError('host is not a valid IP address');
    let strict = false;
    if (call.count >= 3) {
      call.need(3, BOOLEAN);
      strict = call.boolean(3);
    }
    if (self.side.decodes) hostOf(self).setOverrideHost(host, strict);
    return 0;
  },
  respond,
  httpCall,
  importPublicKey,
  verifySignature,
  base64Escape: (_, call) => call.give(Buffer.from(call.string(2), 'latin1').toString('base64')),
  base64Decode(_, call) {
    const text = call.string(2);
    return isBase64(text) ? call.give(Buffer.from(text, 'base64').toString('latin1')) : call.giveNil();
  },
  timestamp(_, call) {
    const unit = resolution(call);
    if (unit !== 0) throw new ScriptError('timestamp format must be MILLISECOND.');
    return call.giveNumber(Date.now());
  },
  timestampString(_, call) {
    const unit = resolution(call);
    if (unit < 0) throw new ScriptError('timestamp format must be MILLISECOND or MICROSECOND.');
    const { performance } = globalThis;
    const ms = unit === 0 ? Date.now() : Math.floor((performance.timeOrigin + performance.now()) * 1000);
    return call.give(String(ms));
  },
});

/** 0: milliseconds, 1: microseconds, -1: neither. */
function resolution(call: Call): number {
  const unit = call.optionalString(2) ?? '';
  if (unit === '' || /^ *0+ *$/.test(unit)) return 0;
  return /^ *0*1 *$/.test(unit) ? 1 : -1;
}

const isIpAuthority = (host: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?$/.test(host) || /^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/.test(host);

/** absl::Base64Unescape: white space is left out, padding may be. */
function isBase64(text: string): boolean {
  const rest = text.replace(/[ \t\r\n\f\v]+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(rest) && rest.replace(/=+$/, '').length % 4 !== 1;
}

/** A table of headers: a value is a text or a list of texts. */
function eachHeader(call: Call, index: number, see: (name: string, value: string) => void): void {
  eachEntry(call, index, (key, value) => {
    if (call.type(key) !== STRING) throw call.unlike(key, 'string');
    const name = asciiLower(call.string(key));
    const one = (at: number): void => {
      const type = call.type(at);
      if (type !== STRING && type !== NUMBER) throw call.unlike(at, 'string');
      see(name === 'host' ? ':authority' : name, call.string(at));
    };
    if (call.type(value) === TABLE) eachEntry(call, value, (_, item) => one(item));
    else one(value);
  });
}

function respond(self: StreamHandle, call: Call): number {
  if (self.continued) throw new ScriptError('respond() cannot be called if headers have been continued');
  call.need(2, TABLE);
  const body = call.optionalString(3);
  let status = '';
  const headers: string[] = [];
  eachHeader(call, 2, (name, value) => {
    if (name === ':status') {
      status = status === '' ? value : `${status},${value}`;
    } else if (name.charCodeAt(0) !== 0x3a && name !== 'content-length') {
      checkHeader(name, value);
      headers.push(name, value);
    }
  });
  const code = /^\d+$/.test(status) ? Number(status) : 0;
  if (code < 200 || code >= 600) throw new ScriptError(':status must be between 200-599');
  if (!self.side.decodes) throw new ScriptError('respond not currently supported in the response path');
  self.state = RESPONDED;
  const bytes = Buffer.from(body ?? '', 'latin1');
  self.side.stream.sendLocalReply({ status: code, body: '', bytes, headers, details: 'lua_response' });
  return call.wait();
}

interface CallOptions {
  timeoutMs: number;
  asynchronous: boolean;
  manyValues: boolean;
  sendXff: boolean;
  sampled: boolean | undefined;
}

function httpCall(self: StreamHandle, call: Call): number {
  const options: CallOptions = {
    timeoutMs: 0,
    asynchronous: false,
    manyValues: false,
    sendXff: true,
    sampled: undefined,
  };
  if (call.type(5) === TABLE) {
    readOptions(call, options);
  } else {
    if (call.type(6) >= NIL && call.type(6) !== BOOLEAN) {
      throw new ScriptError("http call asynchronous flag must be 'true', 'false', or empty");
    }
    options.timeoutMs = timeout(call.number(5));
    options.asynchronous = call.boolean(6);
  }
  const name = call.string(2);
  call.need(3, TABLE);
  const body = call.optionalString(4);
  const host = hostOf(self);
  const cluster = host.clusters.get(textOf(name));
  if (cluster === undefined) throw new ScriptError('http call cluster invalid. Must be configured');
  const head = new Headers();
  eachHeader(call, 3, (header, value) => addHeader(head, header, value));
  if (head.path === '' || head.method === '' || head.authority === '') {
    throw new ScriptError("http call headers must include ':path', ':method', and ':authority'");
  }
  const bytes = body === null ? null : Buffer.from(body, 'latin1');
  if (bytes !== null) head.set('content-length', String(bytes.length));
  send(self, host, cluster, head, bytes, options);
  return options.asynchronous ? 0 : call.wait();
}

function send(
  self: StreamHandle,
  host: ScriptHost,
  cluster: Cluster,
  head: Headers,
  body: Buffer | null,
  o: CallOptions,
): void {
  const parent = self.side.stream.info.span;
  const options: AsyncOptions = {
    timeoutMs: o.timeoutMs,
    skipForwardedFor: !o.sendXff,
    span: parent == null ? undefined : { parent, sampled: o.sampled },
  };
  if (o.asynchronous) {
    host.client.send(cluster, head, body, options, () => {});
    return;
  }
  self.state = CALLS;
  self.manyValues = o.manyValues;
  const { stream } = self.side;
  self.request = host.client.send(cluster, head, body, { ...options, parent: stream }, (r) => self.onResponse(r));
}

function timeout(ms: number): number {
  if (!(ms >= 0)) throw new ScriptError('http call timeout must be >= 0');
  return Math.trunc(ms);
}

function readOptions(call: Call, options: CallOptions): void {
  eachEntry(call, 5, (key, value) => {
    if (call.type(key) !== STRING) throw call.unlike(key, 'string');
    const name = call.string(key);
    switch (name) {
      case 'asynchronous':
        options.asynchronous = call.boolean(value);
        break;
      case 'timeout_ms':
        if (!call.vm.fengari.lua.lua_isnumber(call.L, value)) throw call.unlike(value, 'number');
        options.timeoutMs = timeout(call.number(value));
        break;
      case 'trace_sampled':
        options.sampled = call.boolean(value);
        break;
      case 'return_duplicate_headers':
        options.manyValues = call.boolean(value);
        break;
      case 'send_xff':
        options.sendXff = call.boolean(value);
        break;
      default:
        throw new ScriptError(`"${name}" is not valid key for httpCall() options`);
    }
  });
}

function importPublicKey(self: StreamHandle, call: Call): number {
  const text = call.string(2);
  const der = text.slice(0, Math.max(0, Math.trunc(call.number(3))));
  const object = self.keep('publicKey', () => {
    try {
      const key = crypto().createPublicKey({ key: Buffer.from(der, 'latin1'), format: 'der', type: 'spki' });
      self.keys.set(der, key);
      return new PublicKeyObject(text);
    } catch {
      return new PublicKeyObject('');
    }
  });
  return call.giveObject(object);
}

const HASHES: Readonly<Record<string, string>> = {
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
};

function verifySignature(self: StreamHandle, call: Call): number {
  const hash = call.string(2);
  const key = self.keys.get(call.string(3)) as KeyObject | undefined;
  if (key === undefined) throw new ScriptError('invalid public key');
  const signature = call.string(4).slice(0, Math.max(0, Math.trunc(call.number(5))));
  const text = call.string(6).slice(0, Math.max(0, Math.trunc(call.number(7))));
  const why = signatureFault(hash, key, Buffer.from(signature, 'latin1'), Buffer.from(text, 'latin1'));
  call.vm.fengari.lua.lua_pushboolean(call.L, why === '');
  if (why === '') call.vm.fengari.lua.lua_pushnil(call.L);
  else pushWire(call.vm, call.L, why);
  return 2;
}

/** '' for a signature that is right. */
function signatureFault(hash: string, key: KeyObject, signature: Buffer, text: Buffer): string {
  const name = asciiLower(hash);
  if (!Object.hasOwn(HASHES, name)) return `${hash} is not supported.`;
  try {
    return crypto().verify(HASHES[name], text, key, signature) ? '' : 'Failed to verify digest. Error code: 0';
  } catch {
    return 'Failed to verify digest. Error code: 0';
  }
}
