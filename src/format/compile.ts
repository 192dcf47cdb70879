/**
 * Formats, compiled: text with commands in it, and JSON whose strings are such texts. Loaded where a config has one. Mirrors
 * Formatter::FormatterImpl and JsonFormatterImpl (source/common/formatter/substitution_formatter.cc).
 */
import { todaysFormat } from '../config/format-syntax/header-value.ts';
import { checkedParts, coalesced } from '../config/format-syntax/operators.ts';
import type { Command } from '../config/format-syntax/parse.ts';
import { CEL_OPERATORS } from './cel-operators.ts';
import {
  type FormatBuild,
  type FormatContext,
  type Formatter,
  Json,
  type Occasion,
  type Operator,
} from './format-context.ts';
import { jsonString, jsonText, structText } from './json-text.ts';
import { MESSAGE_OPERATORS } from './message-operators.ts';
import { METADATA_OPERATORS } from './metadata-operators.ts';
import { cut, type OperatorRows } from './operator-rows.ts';
import { STREAM_OPERATORS } from './stream-operators.ts';
import { TIME_OPERATORS } from './time-operators.ts';
import { TLS_OPERATORS } from './tls-operators.ts';

export const OPERATORS: OperatorRows = {
  ...MESSAGE_OPERATORS,
  ...STREAM_OPERATORS,
  ...TLS_OPERATORS,
  ...METADATA_OPERATORS,
  ...TIME_OPERATORS,
  ...CEL_OPERATORS,
  COALESCE: { make: coalesce },
};

type Part = string | Operator;

/** Throws Envoy's sentences, and what this release does not do. */
function make(format: string, build: FormatBuild): Part[] {
  return checkedParts(format).map((part) => (typeof part === 'string' ? part : operator(part, build)));
}

function operator({ name, argument, length }: Command, build: FormatBuild): Operator {
  if (!Object.hasOwn(OPERATORS, name)) throw new Error(`%${name}% is not supported yet`);
  const row = OPERATORS[name];
  const made = row.make(argument, length, build);
  build.needs.bits |= row.needs ?? 0;
  return made;
}

/** The first of several that has something to say. */
function coalesce(argument: string, length: number, build: FormatBuild): Operator {
  const operators = coalesced(argument).map((command) => operator(command, build));
  return (c, o) => {
    for (const op of operators) {
      const value = op(c, o);
      if (value !== undefined) return length < 0 ? value : cut(textOfValue(value), length);
    }
    return undefined;
  };
}

function textOfValue(value: string | number | Json): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : value.shown;
}

/** `absent`: what stands for a value that is not there. */
function textOf(parts: readonly Part[], absent: string): Formatter {
  return (c, o) => {
    let line = '';
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (typeof part === 'string') {
        line += part;
        continue;
      }
      const value = part(c, o);
      line += value === undefined ? absent : value instanceof Json ? value.shown : value;
    }
    return line;
  };
}

/** Wire text. `omitEmpty`: nothing in place of `-`. Throws Envoy's sentence for what is wrong. */
export function compileText(format: string, build: FormatBuild, omitEmpty = false): Formatter {
  return textOf(make(format, build), omitEmpty ? '' : '-');
}

/** Values that are texts; numbers and objects leave nothing. */
export function compileTexts(format: string, build: FormatBuild): Formatter {
  const parts = make(format, build);
  return textOf(
    parts.map((part) => {
      if (typeof part === 'string') return part;
      return (c, o) => {
        const value = part(c, o);
        return typeof value === 'string' ? value : undefined;
      };
    }),
    '',
  );
}

/** The value of a header: empty where there is nothing to say. A text without commands is made once. */
export function compileValue(format: string, build: FormatBuild): string | Formatter {
  const parts = make(todaysFormat(format), build);
  return parts.every((p) => typeof p === 'string') ? parts.join('') : textOf(parts, '');
}

/** A member's or an item's JSON; undefined where it is left out. */
type Member = (c: FormatContext, o: Occasion) => string | undefined;

class JsonCompiler {
  private readonly build: FormatBuild;
  private readonly omitEmpty: boolean;

  constructor(build: FormatBuild, omitEmpty: boolean) {
    this.build = build;
    this.omitEmpty = omitEmpty;
  }

  value(value: unknown): Member {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return this.list(value);
    if (typeof value === 'object' && value !== null) return this.object(value as Record<string, unknown>);
    if (value === null || value === undefined) return () => (this.omitEmpty ? undefined : 'null');
    const fixed = structText(value);
    return () => fixed;
  }

  /** One command alone keeps its type; anything else is text. */
  private text(format: string): Member {
    const parts = make(format, this.build);
    if (parts.every((p) => typeof p === 'string')) {
      const fixed = jsonString(parts.join(''));
      return () => fixed;
    }
    const only = parts.length === 1 ? parts[0] : '';
    if (typeof only === 'string') {
      const text = textOf(parts, this.omitEmpty ? '' : '-');
      return (c, o) => jsonString(text(c, o));
    }
    const absent = this.omitEmpty ? undefined : 'null';
    return (c, o) => {
      const v = only(c, o);
      if (v === undefined) return absent;
      return typeof v === 'string' ? jsonString(v) : v instanceof Json ? v.text : String(v);
    };
  }

  private list(list: readonly unknown[]): Member {
    const items = list.map((v) => this.value(v));
    return (c, o) => {
      let out = '';
      for (const item of items) {
        const json = item(c, o);
        if (json !== undefined) out += out === '' ? json : `,${json}`;
      }
      return `[${out}]`;
    };
  }

  /** Members by their names, as protobuf's maps are written. */
  private object(object: Readonly<Record<string, unknown>>): Member {
    const names = Object.keys(object).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const keys = names.map((name) => `${jsonText(name)}:`);
    const values = names.map((name) => this.value(object[name]));
    if (!this.omitEmpty) {
      // Nothing is left out: each member's comma is with its name.
      const begins = keys.map((key, i) => (i === 0 ? `{${key}` : `,${key}`));
      if (begins.length === 0) return () => '{}';
      return (c, o) => {
        let out = '';
        for (let i = 0; i < values.length; i++) {
          out += begins[i];
          out += values[i](c, o);
        }
        return `${out}}`;
      };
    }
    return (c, o) => {
      let out = '';
      for (let i = 0; i < values.length; i++) {
        const json = values[i](c, o);
        if (json !== undefined) out += (out === '' ? '' : ',') + keys[i] + json;
      }
      return out === '' ? undefined : `{${out}}`;
    };
  }
}

/** One line of JSON with its line feed, as wire text. `struct`: google.protobuf.Struct. */
export function compileJson(
  struct: Readonly<Record<string, unknown>>,
  build: FormatBuild,
  omitEmpty = false,
): Formatter {
  const object = new JsonCompiler(build, omitEmpty).value(struct);
  return (c, o) => `${object(c, o) ?? '{}'}\n`;
}
