/** What a script learns of its stream, its route and its connection. Mirrors the wrappers of source/extensions/filters/http/lua/wrappers.cc. */
import { toWire } from '../../../platform/wire-text.ts';
import type { FilterStream } from '../../stream/filter.ts';
import type { Metadata } from '../../stream/stream-info.ts';
import { type Call, pushIterator, pushWire, registerClass, ScriptObject, textOf } from './script-object.ts';
import { SslConnectionObject } from './ssl-objects.ts';
import { pushFields, pushValue, readValue } from './values.ts';
import { ScriptError } from './vm.ts';

const HTTP = 'N5Envoy10Extensions11HttpFilters3Lua';
const COMMON = 'N5Envoy10Extensions7Filters6Common3Lua';

export type Fields = Readonly<Record<string, unknown>>;
export const NO_FIELDS: Fields = Object.freeze({});

/** A struct that is only read: metadata of a route, filter_context. */
export class MetadataObject extends ScriptObject {
  readonly kind = `${COMMON}18MetadataMapWrapperE`;
  readonly fields: Fields;
  iterating = false;
  constructor(fields: Fields) {
    super();
    this.fields = fields;
  }
}

registerClass(MetadataObject, {
  get(self, call) {
    const key = textOf(call.string(2));
    if (!Object.hasOwn(self.fields, key)) return 0;
    pushValue(call.vm, call.L, self.fields[key]);
    return 1;
  },
  __pairs: (self, call) =>
    eachOnce(self, call, Object.entries(self.fields), (step, value) => pushValue(step.vm, step.L, value)),
});

/** A generic `for` over pairs; a second one while it is under way is an error, as in Envoy. */
function eachOnce<T>(
  self: ScriptObject & { iterating: boolean },
  call: Call,
  entries: readonly (readonly [string, T])[],
  push: (step: Call, value: T) => void,
): number {
  if (self.iterating) throw new ScriptError('cannot create a second iterator before completing the first');
  self.iterating = true;
  let at = 0;
  return pushIterator(call, self, (step) => {
    if (at === entries.length) {
      self.iterating = false;
      return 0;
    }
    const [key, value] = entries[at++];
    pushWire(step.vm, step.L, toWire(key));
    push(step, value);
    return 2;
  });
}

export class DynamicMetadata extends ScriptObject {
  readonly kind = `${HTTP}25DynamicMetadataMapWrapperE`;
  readonly stream: FilterStream;
  iterating = false;
  constructor(stream: FilterStream) {
    super();
    this.stream = stream;
  }
}

registerClass(DynamicMetadata, {
  get(self, call) {
    const fields = self.stream.info.dynamicMetadata(textOf(call.string(2)));
    if (fields === undefined) return 0;
    pushFields(call.vm, call.L, fields);
    return 1;
  },
  set(self, call) {
    if (self.iterating) throw new ScriptError('dynamic metadata map cannot be modified while iterating');
    const namespace = textOf(call.string(2));
    const key = textOf(call.string(3));
    self.stream.info.addMetadata(namespace, { [key]: readValue(call, 4) });
    return 0;
  },
  __pairs: (self, call) =>
    eachOnce<Metadata>(self, call, [...(self.stream.info.allMetadata ?? [])], (step, fields) =>
      pushFields(step.vm, step.L, fields),
    ),
});

/** Filters put nothing at connections here. */
export class ConnectionMetadata extends MetadataObject {
  override readonly kind = `${HTTP}35ConnectionDynamicMetadataMapWrapperE` as never;
}
registerClass(ConnectionMetadata, {
  get(_, call) {
    call.string(2);
    return 0;
  },
  __pairs: (self, call) => eachOnce(self, call, [], () => {}),
});

export class FilterState extends ScriptObject {
  readonly kind = `${HTTP}18FilterStateWrapperE`;
  readonly stream: FilterStream;
  constructor(stream: FilterStream) {
    super();
    this.stream = stream;
  }
}

/** The factory of plain texts (Router::StringAccessorImpl). */
const TEXT_FACTORY = 'envoy.string';

registerClass(FilterState, {
  get(self, call) {
    const value = self.stream.info.filterState(textOf(call.string(2)));
    // A text has no fields.
    if (call.type(3) > 0) {
      call.string(3);
      return 0;
    }
    return typeof value === 'string' ? call.give(toWire(value)) : 0;
  },
  set(self, call) {
    const name = textOf(call.string(2));
    const factory = call.string(3);
    const value = textOf(call.string(4));
    if (factory !== TEXT_FACTORY) throw new ScriptError(`'${factory}' does not have an object factory`);
    self.stream.info.setFilterState(name, value);
    return 0;
  },
});

/** Who the connection manager takes for the client, where that is not the peer. */
export type FindClient = (stream: FilterStream) => string | undefined;

export class StreamInfoObject extends ScriptObject {
  readonly kind = `${HTTP}17StreamInfoWrapperE`;
  readonly stream: FilterStream;
  readonly clientAddress: FindClient;
  metadata: DynamicMetadata | null = null;
  constructor(stream: FilterStream, clientAddress: FindClient) {
    super();
    this.stream = stream;
    this.clientAddress = clientAddress;
  }
}

/** Nil on a connection without TLS. */
function giveSsl({ connection }: FilterStream, call: Call): number {
  const tls = connection?.security?.tls;
  return tls == null ? call.giveNil() : call.giveObject(new SslConnectionObject(tls));
}

const address = (call: Call, a: { readonly text: string } | undefined): number => call.give(a?.text ?? '');

registerClass(StreamInfoObject, {
  protocol: (self, call) => call.give(self.stream.info.protocol),
  routeName: (self, call) => call.give(toWire(self.stream.info.route?.name ?? '')),
  virtualClusterName: (self, call) => call.give(toWire(self.stream.info.virtualClusterName)),
  downstreamLocalAddress: (self, call) => address(call, self.stream.connection?.localAddress),
  downstreamDirectLocalAddress: (self, call) => address(call, self.stream.connection?.directLocalAddress),
  downstreamRemoteAddress(self, call) {
    const said = self.clientAddress(self.stream);
    if (said === undefined) return address(call, self.stream.connection?.remoteAddress);
    return call.give(said.includes(':') ? `[${said}]:0` : `${said}:0`);
  },
  downstreamDirectRemoteAddress: (self, call) => address(call, self.stream.connection?.directRemoteAddress),
  requestedServerName(self, call) {
    const c = self.stream.connection;
    return call.give(c?.socketInfo?.serverName || c?.security?.serverName || '');
  },
  downstreamSslConnection: (self, call) => giveSsl(self.stream, call),
  dynamicMetadata(self, call) {
    self.metadata ??= new DynamicMetadata(self.stream);
    return call.giveObject(self.metadata);
  },
  // No filter here makes any.
  dynamicTypedMetadata(_, call) {
    call.string(2);
    return call.giveNil();
  },
  filterState: (self, call) => call.giveObject(new FilterState(self.stream)),
  drainConnectionUponCompletion(self) {
    self.stream.drainConnection();
    return 0;
  },
});

export class ConnectionInfo extends ScriptObject {
  readonly kind = `${HTTP}27ConnectionStreamInfoWrapperE`;
}
registerClass(ConnectionInfo, {
  dynamicMetadata: (_, call) => call.giveObject(new ConnectionMetadata(NO_FIELDS)),
  dynamicTypedMetadata(_, call) {
    call.string(2);
    return call.giveNil();
  },
});

export class ConnectionObject extends ScriptObject {
  readonly kind = `${COMMON}17ConnectionWrapperE`;
  readonly stream: FilterStream;
  constructor(stream: FilterStream) {
    super();
    this.stream = stream;
  }
}
registerClass(ConnectionObject, { ssl: (self, call) => giveSsl(self.stream, call) });

/** `handle:route()` and `handle:virtualHost()`. */
export class LevelObject extends ScriptObject {
  readonly kind = `${HTTP}12RouteWrapperE`;
  readonly fields: Fields;
  constructor(fields: Fields) {
    super();
    this.fields = fields;
  }
}
registerClass(LevelObject, { metadata: (self, call) => call.giveObject(new MetadataObject(self.fields)) });

/** A message's body, or a piece of one. */
export class BufferObject extends ScriptObject {
  readonly kind = `${COMMON}13BufferWrapperE`;
  bytes: Buffer;
  /** Another body: with its length in the headers. */
  readonly replaced: (bytes: Buffer) => void;
  constructor(bytes: Buffer, replaced: (bytes: Buffer) => void) {
    super();
    this.bytes = bytes;
    this.replaced = replaced;
  }
}

registerClass(BufferObject, {
  length: (self, call) => call.giveNumber(self.bytes.length),
  getBytes(self, call) {
    const index = Math.trunc(call.number(2));
    const length = Math.trunc(call.number(3));
    if (!(index >= 0 && length >= 0 && index + length <= self.bytes.length)) {
      throw new ScriptError('index/length must be >= 0 and (index + length) must be <= buffer size');
    }
    call.vm.fengari.lua.lua_pushlstring(call.L, self.bytes.subarray(index, index + length), length);
    return 1;
  },
  setBytes(self, call) {
    self.bytes = Buffer.from(call.string(2), 'latin1');
    self.replaced(self.bytes);
    return call.giveNumber(self.bytes.length);
  },
});
