/** Protobuf's JSON as Envoy prints it on admin pages: one space of indent, a newline at the end, `<` and `>` escaped. */
import { LazyJson } from '../config/lazy-json.ts';
import type { TextWriter } from '../platform/text-writer.ts';
import type { Json, JsonObject } from './server-view.ts';

export function protoJson(message: Json): string {
  const out = new Joined();
  for (const _ of writeProtoJson(out, message));
  return out.text;
}

/** The same written step by step, one for each lazy part. */
export function* writeProtoJson(out: Pick<TextWriter, 'write'>, message: Json): Generator<null, void> {
  yield* print(out, message, '\n');
  out.write('\n');
}

class Joined {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

/** `newline`: the line end and the indent of the line on which the value begins. As JSON.stringify does it, for its kinds of values. */
function* print(out: Pick<TextWriter, 'write'>, value: Json, newline: string): Generator<null, void> {
  if (value instanceof LazyJson) {
    yield null;
    yield* print(out, value.value, newline);
  } else if (isScalar(value)) {
    out.write(scalar(value));
  } else {
    const list = isList(value);
    const inner = `${newline} `;
    let before = list ? '[' : '{';
    for (const [key, item] of Object.entries(value) as [string, Json | undefined][]) {
      if (item === undefined) continue;
      out.write(list ? before + inner : `${before}${inner}${scalar(key)}: `);
      before = ',';
      if (isScalar(item)) out.write(scalar(item));
      else yield* print(out, item, inner);
    }
    if (before === ',') out.write(list ? `${newline}]` : `${newline}}`);
    else out.write(list ? '[]' : '{}');
  }
}

function isScalar(value: Json): value is string | number | boolean | null {
  return value === null || typeof value !== 'object';
}

function scalar(value: string | number | boolean | null): string {
  const text = JSON.stringify(value);
  return typeof value === 'string' && /[<>]/.test(text)
    ? text.replace(/[<>]/g, (c) => (c === '<' ? '\\u003c' : '\\u003e'))
    : text;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
