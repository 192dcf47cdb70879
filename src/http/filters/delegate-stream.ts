/** The stream, as a filter sees it that stands in another one's place: whatever it asks for itself is asked for that one. */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';
import type { AnyFilter, FilterStream } from '../stream/filter.ts';
import type { StreamInfo } from '../stream/stream-info.ts';

export class DelegateStream implements FilterStream {
  private readonly stream: FilterStream;
  /** Who stands in the chain. */
  private readonly outer: AnyFilter;

  constructor(stream: FilterStream, outer: AnyFilter) {
    this.stream = stream;
    this.outer = outer;
  }

  get info(): StreamInfo {
    return this.stream.info;
  }
  get connection(): Connection | null {
    return this.stream.connection;
  }
  get request(): Headers {
    return this.stream.request;
  }
  get response(): Headers | null {
    return this.stream.response;
  }
  get responseTrailers(): Headers | null {
    return this.stream.responseTrailers;
  }
  get grpcRequest(): boolean {
    return this.stream.grpcRequest;
  }
  get bufferLimit(): number {
    return this.stream.bufferLimit;
  }
  set bufferLimit(bytes: number) {
    this.stream.bufferLimit = bytes;
  }
  get above(): number {
    return this.stream.above;
  }
  route(): Route | null {
    return this.stream.route();
  }
  clearRoute(): void {
    this.stream.clearRoute();
  }
  findRoute(): Route | null {
    return this.stream.findRoute?.() ?? null;
  }
  recreate(response: Headers, body: readonly Buffer[]): void {
    this.stream.recreate?.(response, body);
  }
  /** What a route says under the outer one's name is for that one. */
  routeConfig(): null {
    return null;
  }
  drainConnection(): void {
    this.stream.drainConnection();
  }
  sendLocalReply(reply: LocalReply): void {
    this.stream.sendLocalReply(reply);
  }
  reset(reason: ResetReason): void {
    this.stream.reset(reason);
  }
  failed(error: unknown): void {
    this.stream.failed(error);
  }
  readDisable(disable: boolean): void {
    this.stream.readDisable(disable);
  }
  pauseSender(decode: boolean, pause: boolean): void {
    this.stream.pauseSender(decode, pause);
  }
  encode1xx(headers: Headers): void {
    this.stream.encode1xx(headers);
  }
  encodeHeaders(headers: Headers, endStream: boolean): void {
    this.stream.encodeHeaders(headers, endStream);
  }
  encodeData(data: Buffer, endStream: boolean): void {
    this.stream.encodeData(data, endStream);
  }
  encodeTrailers(trailers: Headers): void {
    this.stream.encodeTrailers(trailers);
  }
  continueDecoding(): void {
    this.stream.continueDecoding(this.outer);
  }
  continueEncoding(): void {
    this.stream.continueEncoding(this.outer);
  }
  decodingBuffer(): Buffer | null {
    return this.stream.decodingBuffer();
  }
  encodingBuffer(): Buffer | null {
    return this.stream.encodingBuffer();
  }
  replaceDecodingBuffer(data: Buffer): void {
    this.stream.replaceDecodingBuffer(data);
  }
  replaceEncodingBuffer(data: Buffer): void {
    this.stream.replaceEncodingBuffer(data);
  }
  putDecodedInstead(data: Buffer): void {
    this.stream.putDecodedInstead(data);
  }
  putEncodedInstead(data: Buffer): void {
    this.stream.putEncodedInstead(data);
  }
  addDecoded(_f: AnyFilter, data: Buffer, streaming?: boolean): void {
    this.stream.addDecoded(this.outer, data, streaming);
  }
  addEncoded(_f: AnyFilter, data: Buffer, streaming?: boolean): void {
    this.stream.addEncoded(this.outer, data, streaming);
  }
  injectDecoded(_f: AnyFilter, data: Buffer, endStream: boolean): void {
    this.stream.injectDecoded(this.outer, data, endStream);
  }
  injectEncoded(_f: AnyFilter, data: Buffer, endStream: boolean): void {
    this.stream.injectEncoded(this.outer, data, endStream);
  }
  addDecodedTrailers(): Headers {
    return this.stream.addDecodedTrailers();
  }
  addEncodedTrailers(): Headers {
    return this.stream.addEncodedTrailers();
  }
}
