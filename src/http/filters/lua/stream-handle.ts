/**
 * The handle that a script gets for a request or for its response: what it asks of it, and where the script waits. Mirrors
 * StreamHandleWrapper (source/extensions/filters/http/lua/lua_filter.cc).
 */
import type { LuaState } from 'fengari';
import type { Headers } from '../../../codec/headers.ts';
import type { AsyncRequest, AsyncResponse } from '../../../upstream/async.ts';
import {
  CONTINUE,
  type DataStatus,
  type FilterStream,
  type HeadersStatus,
  STOP,
  STOP_BUFFER,
  STOP_NO_BUFFER,
  STOP_WATERMARK,
  type TrailersStatus,
} from '../../stream/filter.ts';
import { allOf, HeadersObject } from './headers-object.ts';
import { type Call, pushObject, pushWire, ScriptObject } from './script-object.ts';
import { BufferObject, type Fields, type FindClient, MetadataObject, StreamInfoObject } from './stream-objects.ts';
import { type LuaVm, ScriptError } from './vm.ts';

/** The script runs, or is over. */
export const RUNNING = 0;
export const WAITS_FOR_CHUNK = 1;
export const WAITS_FOR_BODY = 2;
export const WAITS_FOR_TRAILERS = 3;
export const CALLS = 4;
export const RESPONDED = 5;

const NOTHING = Buffer.alloc(0);

/** One direction of a stream, as its filter sees it. */
export interface Side {
  readonly stream: FilterStream;
  readonly decodes: boolean;
  held(): Buffer | null;
  replace(data: Buffer): void;
  add(data: Buffer): void;
  inject(data: Buffer, end: boolean): void;
  goOn(): void;
}

/** What the filter says to a handle, and hears from it. */
export interface HandleOwner {
  readonly clearsRoute: boolean;
  readonly clientAddress: FindClient;
  scriptError(message: string): void;
  routeMetadata(): Fields;
  context(): Fields;
}

export class StreamHandle extends ScriptObject {
  readonly kind = 'N5Envoy10Extensions11HttpFilters3Lua19StreamHandleWrapperE';
  readonly vm: LuaVm;
  readonly side: Side;
  readonly owner: HandleOwner;
  private readonly head: Headers;
  private thread: LuaState | null;
  state: number;
  /** Once the filters behind have had the headers, or may have. */
  continued: boolean;
  endStream: boolean;
  sawBody: boolean;
  private bodyAsked: boolean;
  private trailers: Headers | null;
  /** The whole body while the call that brought its end runs; null otherwise. */
  private whole: Buffer | null;
  private wholeChanged: boolean;
  /** What dies with the next wait. */
  private alive: ScriptObject[];
  private readonly kept: Map<string, ScriptObject>;
  /** Public keys that were imported, by their bytes. */
  readonly keys: Map<string, unknown>;
  request: AsyncRequest | null;
  manyValues: boolean;

  constructor(vm: LuaVm, owner: HandleOwner, side: Side, head: Headers, endStream: boolean) {
    super();
    this.vm = vm;
    this.owner = owner;
    this.side = side;
    this.head = head;
    this.thread = null;
    this.state = RUNNING;
    this.continued = false;
    this.endStream = endStream;
    this.sawBody = false;
    this.bodyAsked = false;
    this.trailers = null;
    this.whole = null;
    this.wholeChanged = false;
    this.alive = [];
    this.kept = new Map();
    this.keys = new Map();
    this.request = null;
    this.manyValues = false;
  }

  /** The script has come to its end. */
  get over(): boolean {
    return this.thread === null;
  }

  // --- the message -------------------------------------------------------------------------------------------------

  start(ref: number): HeadersStatus {
    const T = this.vm.thread(ref);
    this.thread = T;
    pushObject(this.vm, T, this);
    if (!this.run(1)) return CONTINUE;
    const { state } = this;
    if (state === WAITS_FOR_BODY || state === CALLS || state === RESPONDED) return STOP;
    this.continued = true;
    return CONTINUE;
  }

  onData(data: Buffer, end: boolean): DataStatus {
    this.endStream = end;
    this.sawBody = true;
    let chunk: BufferObject | null = null;
    const held = this.state === WAITS_FOR_BODY || this.state === WAITS_FOR_CHUNK ? this.side.held() : null;
    const isHeld = held === data;
    let good = true;
    if (this.state === WAITS_FOR_CHUNK) {
      chunk = new BufferObject(data, (bytes) => this.setLength(bytes.length));
      this.alive.push(chunk);
      pushObject(this.vm, this.thread as LuaState, chunk);
      good = this.resume(1);
    } else if (this.state === WAITS_FOR_BODY && end) {
      this.whole = held === null || isHeld ? data : Buffer.concat([held, data]);
      this.wholeChanged = false;
      good = this.resumeWithBody();
    } else if (this.state === WAITS_FOR_TRAILERS && end) {
      good = this.resume(0);
    }
    const { whole } = this;
    const changed =
      whole !== null && this.wholeChanged ? whole : chunk !== null && chunk.bytes !== data ? chunk.bytes : null;
    this.whole = null;
    const status = good ? this.dataStatus() : CONTINUE;
    if (changed === null || status === STOP_NO_BUFFER) return status;
    if (isHeld) {
      this.side.replace(changed);
      return status;
    }
    if (status !== CONTINUE) {
      if (whole !== null && held !== null) this.side.replace(changed);
      else this.side.add(changed);
    } else {
      if (whole !== null && held !== null) this.side.replace(NOTHING);
      if (changed.length > 0 || end) this.side.inject(changed, end);
    }
    return STOP_NO_BUFFER;
  }

  private dataStatus(): DataStatus {
    switch (this.state) {
      case CALLS:
        return STOP_WATERMARK;
      case WAITS_FOR_BODY:
        return STOP_BUFFER;
      case RESPONDED:
        return STOP_NO_BUFFER;
      default:
        this.continued = true;
        return CONTINUE;
    }
  }

  onTrailers(trailers: Headers): TrailersStatus {
    this.endStream = true;
    this.trailers = trailers;
    let good = true;
    if (this.state === WAITS_FOR_CHUNK) good = this.resume(0);
    else if (this.state === WAITS_FOR_BODY) good = this.resumeWithBody();
    if (good && this.state === WAITS_FOR_TRAILERS) {
      this.state = RUNNING;
      this.pushTrailers(this.thread as LuaState);
      good = this.resume(1);
    }
    if (!good) return CONTINUE;
    if (this.state === CALLS || this.state === RESPONDED) return STOP;
    this.continued = true;
    return CONTINUE;
  }

  /** What httpCall waited for. */
  onResponse(response: AsyncResponse | null): void {
    this.request = null;
    const T = this.thread;
    if (T === null) return;
    const { vm } = this;
    this.dead = false;
    vm.fengari.lua.lua_createtable(T, 0, 8);
    if (response === null) {
      this.pushField(T, ':status', ['503']);
      pushWire(vm, T, 'upstream failure');
    } else {
      this.pushResponseHead(T, response.headers);
      const { body } = response;
      if (body.length > 0) vm.fengari.lua.lua_pushlstring(T, body, body.length);
      else vm.fengari.lua.lua_pushnil(T);
    }
    this.resume(2);
    if (this.state === RUNNING) {
      this.continued = true;
      this.side.goOn();
    }
  }

  private pushResponseHead(T: LuaState, headers: Headers): void {
    const fields = new Map<string, string[]>();
    const all = allOf(headers);
    for (let i = 0; i < all.length; i += 2) {
      const before = fields.get(all[i]);
      if (before !== undefined && this.manyValues) before.push(all[i + 1]);
      else fields.set(all[i], [all[i + 1]]);
    }
    for (const [name, values] of fields) this.pushField(T, name, values);
  }

  private pushField(T: LuaState, name: string, values: readonly string[]): void {
    const { vm } = this;
    const { lua } = vm.fengari;
    pushWire(vm, T, name);
    if (values.length === 1) {
      pushWire(vm, T, values[0]);
    } else {
      lua.lua_createtable(T, values.length, 0);
      values.forEach((value, i) => {
        pushWire(vm, T, value);
        lua.lua_rawseti(T, -2, i + 1);
      });
    }
    lua.lua_rawset(T, -3);
  }

  // --- the coroutine -----------------------------------------------------------------------------------------------

  private resume(results: number): boolean {
    this.state = RUNNING;
    return this.run(results);
  }

  private resumeWithBody(): boolean {
    this.state = RUNNING;
    return this.run(this.pushBody(this.thread as LuaState, false));
  }

  /** False: the script has failed. */
  private run(results: number): boolean {
    this.dead = false;
    const T = this.thread as LuaState;
    try {
      const waits = this.vm.resume(T, results);
      if (!waits) this.thread = null;
      else if (this.state === RUNNING) throw new ScriptError('script performed an unexpected yield');
    } catch (e) {
      if (!(e instanceof ScriptError)) throw e;
      this.thread = null;
      this.owner.scriptError(e.message);
      return false;
    } finally {
      this.kill();
    }
    return true;
  }

  /** What was given before a wait is of no use behind it. */
  kill(): void {
    this.dead = true;
    for (const object of this.alive) object.dead = true;
    this.alive = [];
    this.kept.clear();
  }

  /** The stream is over. */
  destroy(): void {
    this.request?.cancel();
    this.request = null;
    this.thread = null;
    this.kill();
  }

  // --- asked by the script -----------------------------------------------------------------------------------------

  /** The same object until the next wait. */
  keep<T extends ScriptObject>(name: string, make: () => T): T {
    let object = this.kept.get(name);
    if (object === undefined) {
      object = make();
      this.kept.set(name, object);
      this.alive.push(object);
    }
    return object as T;
  }

  headersObject(): HeadersObject {
    return this.keep('headers', () => new HeadersObject(this.head, () => this.mayChangeHeaders()));
  }

  private mayChangeHeaders(): boolean {
    if (this.continued) return false;
    if (this.side.decodes && this.owner.clearsRoute) this.side.stream.clearRoute();
    return true;
  }

  body(call: Call, always: boolean): number {
    if (this.endStream) {
      if (!this.bodyAsked && this.sawBody) throw new ScriptError('cannot call body() after body has been streamed');
      return this.pushBody(call.L, always);
    }
    if (this.sawBody) throw new ScriptError('cannot call body() after body streaming has started');
    this.state = WAITS_FOR_BODY;
    this.bodyAsked = true;
    return call.wait();
  }

  private pushBody(L: LuaState, always: boolean): number {
    let bytes = this.whole ?? this.side.held();
    // A body that came to nothing is one all the same.
    if (bytes === null && !this.bodyAsked) {
      if (!always) return 0;
      this.side.add(NOTHING);
      bytes = NOTHING;
    }
    const body = this.keep('body', () => new BufferObject(bytes ?? NOTHING, (changed) => this.replaceBody(changed)));
    pushObject(this.vm, L, body);
    return 1;
  }

  private replaceBody(bytes: Buffer): void {
    this.setLength(bytes.length);
    if (this.whole !== null) {
      this.whole = bytes;
      this.wholeChanged = true;
    } else {
      this.side.replace(bytes);
    }
  }

  private setLength(bytes: number): void {
    this.head.set('content-length', String(bytes));
  }

  trailersOf(call: Call): number {
    if (this.trailers !== null) {
      this.pushTrailers(call.L);
      return 1;
    }
    if (this.endStream) return 0;
    this.state = WAITS_FOR_TRAILERS;
    return call.wait();
  }

  private pushTrailers(L: LuaState): void {
    const trailers = this.trailers as Headers;
    pushObject(
      this.vm,
      L,
      this.keep('trailers', () => new HeadersObject(trailers, () => true)),
    );
  }

  nextChunk(call: Call): number {
    if (this.endStream) return 0;
    this.state = WAITS_FOR_CHUNK;
    return call.wait();
  }

  streamInfo(): StreamInfoObject {
    return this.keep('streamInfo', () => new StreamInfoObject(this.side.stream, this.owner.clientAddress));
  }
  metadata(): MetadataObject {
    return this.keep('metadata', () => new MetadataObject(this.owner.routeMetadata()));
  }
  context(): MetadataObject {
    return this.keep('filterContext', () => new MetadataObject(this.owner.context()));
  }
}
