/** Formats (access logs, values of headers, local replies) wherever a config has one: source/common/formatter, router/header_parser.cc. */
import { todaysFormat } from '../../format-syntax/header-value.ts';
import { checkedParts } from '../../format-syntax/operators.ts';
import type { Message } from '../../origin.ts';
import { part, parts, type RuleContext, type Rules } from './rule.ts';

export const FORMAT_RULES: Rules = {
  'envoy.config.core.v3.HeaderValueOption': (option, ctx) => {
    const header = part(option, 'header');
    const value = header?.['value'];
    if (header === undefined || typeof value !== 'string' || !value.includes('%')) return;
    attempt(header, 'value', ctx, () => checkedParts(todaysFormat(value)));
  },
  'envoy.config.core.v3.SubstitutionFormatString': (format, ctx) => {
    // Those may bring commands of their own.
    if (parts(format, 'formatters').length > 0) return;
    checkField(format, 'textFormat', 'text_format', ctx);
    checkField(format, 'jsonFormat', 'json_format', ctx);
    const source = part(format, 'textFormatSource');
    if (source !== undefined) checkField(source, 'inlineString', 'inline_string', ctx);
  },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': (log, ctx) => {
    checkField(log, 'format', 'format', ctx);
    checkField(log, 'jsonFormat', 'json_format', ctx);
    checkField(log, 'typedJsonFormat', 'typed_json_format', ctx);
  },
};

function checkField(message: Message, key: string, name: string, ctx: RuleContext): void {
  const value = message[key];
  if (value !== undefined) attempt(message, name, ctx, () => checkAll(value));
}

/** A text, or texts anywhere in a struct. */
function checkAll(value: unknown): void {
  if (typeof value === 'string') checkedParts(value);
  else if (typeof value === 'object' && value !== null) for (const v of Object.values(value)) checkAll(v);
}

function attempt(about: object, field: string, ctx: RuleContext, check: () => void): void {
  try {
    check();
  } catch (error) {
    ctx.report.problem(about, field, (error as Error).message);
  }
}
