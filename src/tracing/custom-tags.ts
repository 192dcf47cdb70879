/** custom_tags of a connection manager or a route: what is noted of each request. Mirrors source/common/tracing/custom_tag_impl.cc. */
import { about, each } from '../config/refusal.ts';
import type { CustomTag as CustomTagMessage, CustomTagMetadata, CustomTagValueType } from '../config/schema/types.ts';
import { compileText } from '../format/compile.ts';
import type { FormatBuild, FormatContext } from '../format/format-context.ts';
import { NO_LOG } from '../format/format-context.ts';
import { structText } from '../format/json-text.ts';
import { fieldOf } from '../format/message-operators.ts';
import { sorted } from '../format/metadata-operators.ts';
import { asciiLower, toWire } from '../platform/wire-text.ts';
import type { Span } from './span.ts';

export interface CustomTag {
  readonly name: string;
  readonly type: CustomTagValueType;
  /** Wire text; '' for no tag. */
  value(c: FormatContext): string;
}

export function compileCustomTags(
  messages: readonly CustomTagMessage[] | undefined,
  build: FormatBuild,
): readonly CustomTag[] {
  const tags = each(messages, (m) => ({
    name: toWire(m.tag ?? ''),
    type: m.valueType ?? 'UNSPECIFIED',
    value: compileTag(m, build),
  }));
  // Of two of one name Envoy keeps the first.
  return tags.filter((tag, i) => tags.findIndex((other) => other.name === tag.name) === i);
}

function compileTag(m: CustomTagMessage, build: FormatBuild): CustomTag['value'] {
  if (m.literal !== undefined) return always(m.literal.value ?? '');
  if (m.environment !== undefined) {
    return always(process.env[m.environment.name ?? ''] ?? m.environment.defaultValue ?? '');
  }
  if (m.requestHeader !== undefined) {
    const name = asciiLower(toWire(m.requestHeader.name ?? ''));
    const otherwise = toWire(m.requestHeader.defaultValue ?? '');
    return (c) => fieldOf(c.request, name) ?? otherwise;
  }
  if (m.metadata !== undefined) return metadata(m.metadata);
  const { value = '' } = m;
  const format = about(m, 'value', () => compileText(value, build, true));
  return (c) => format(c, NO_LOG);
}

function always(text: string): CustomTag['value'] {
  const wire = toWire(text);
  return () => wire;
}

function metadata(m: CustomTagMetadata): CustomTag['value'] {
  const namespace = m.metadataKey?.key ?? '';
  const path = (m.metadataKey?.path ?? []).map((segment) => segment.key ?? segment.index ?? 0);
  const otherwise = toWire(m.defaultValue ?? '');
  const find = finder(m);
  return (c) => {
    let value = find(c, namespace);
    for (const key of path) {
      const there = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
      value =
        there && Array.isArray(value) === (typeof key === 'number')
          ? (value as Record<string | number, unknown>)[key]
          : undefined;
    }
    return shown(value) ?? otherwise;
  };
}

function finder({ kind }: CustomTagMetadata): (c: FormatContext, namespace: string) => unknown {
  if (kind?.request !== undefined) return (c, namespace) => c.info.dynamicMetadata(namespace);
  if (kind?.route !== undefined) return (c, namespace) => c.info.route?.metadata?.filterMetadata?.get(namespace);
  if (kind?.cluster !== undefined)
    return (c, namespace) => c.info.cluster?.config.metadata?.filterMetadata?.get(namespace);
  if (kind?.host !== undefined) return (c, namespace) => c.info.upstreamHost?.metadata?.filterMetadata?.get(namespace);
  // Of no kind: as in Envoy, there is nothing in it.
  return () => undefined;
}

/** As Envoy writes a value of protobuf's into a tag. */
function shown(value: unknown): string | undefined {
  if (typeof value === 'string') return toWire(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return sixDigits(value);
  return typeof value === 'object' && value !== null ? structText(sorted(value)) : undefined;
}

const SIGNIFICANT = 6;

/** %g of C, as absl::StrCat prints a double. */
export function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const [mantissa, exponent = ''] = value.toExponential(SIGNIFICANT - 1).split('e');
  const power = Number(exponent);
  if (power < -4 || power >= SIGNIFICANT) {
    const digits = String(Math.abs(power)).padStart(2, '0');
    return `${String(Number(mantissa))}e${power < 0 ? '-' : '+'}${digits}`;
  }
  return String(Number(value.toPrecision(SIGNIFICANT)));
}

export function applyTags(span: Span, tags: readonly CustomTag[], c: FormatContext): void {
  for (let i = 0; i < tags.length; i++) {
    const tag = tags[i];
    const value = tag.value(c);
    if (value !== '') span.setTag(tag.name, value, tag.type);
  }
}
