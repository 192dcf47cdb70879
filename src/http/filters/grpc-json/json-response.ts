/** Messages as JSON, in Envoy's spelling: one alone, or a stream as an array, as lines or as server-sent events. Role of ResponseToJsonTranslator. */
import {
  type DescMessage,
  fromBinary,
  type JsonValue,
  type JsonWriteOptions,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';

export interface PrintSettings {
  readonly whitespace: boolean;
  readonly primitives: boolean;
  readonly enumsAsInts: boolean;
  readonly protoNames: boolean;
  readonly newlineDelimited: boolean;
  readonly sse: boolean;
}

/** What a service answers is no such message: 502. */
export class ResponseError extends Error {}

export class JsonPrinter {
  private readonly print: PrintSettings;
  private readonly options: Partial<JsonWriteOptions>;

  constructor(print: PrintSettings, registry: Registry) {
    this.print = print;
    this.options = {
      registry,
      alwaysEmitImplicit: print.primitives,
      enumAsInteger: print.enumsAsInts,
      useProtoFieldName: print.protoNames,
    };
  }

  contentType(streams: boolean): string {
    return streams && this.print.sse ? 'text/event-stream' : 'application/json';
  }

  message(desc: DescMessage, bytes: Uint8Array): string {
    let json: JsonValue;
    try {
      json = toJson(desc, fromBinary(desc, bytes), this.options);
    } catch (e) {
      throw new ResponseError((e as Error).message);
    }
    return this.text(json);
  }

  text(json: JsonValue): string {
    const text = this.print.whitespace ? `${JSON.stringify(json, null, 1)}\n` : JSON.stringify(json);
    return escaped(text);
  }

  /** Around and between the messages of a stream; `n`: of those before. */
  framed(text: string, n: number): string {
    const { sse, newlineDelimited } = this.print;
    if (sse) return `data: ${text}\n\n`;
    if (newlineDelimited) return `${text}\n`;
    return n === 0 ? `[${text}` : `,${text}`;
  }
  /** Behind the last one. */
  closing(n: number): string {
    if (this.print.sse || this.print.newlineDelimited) return '';
    return n === 0 ? '[]' : ']';
  }
}

/** What a browser might take for a tag, and what ends lines in scripts, are written as escapes. */
const TO_ESCAPE =
  /[<>\u007f-\u009f\u00ad\u0600-\u0603\u06dd\u070f\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]/g;

function escaped(json: string): string {
  return json.replace(TO_ESCAPE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
