/**
 * What a rule of this folder is: one message, and what Envoy's factory of it refuses although every field is valid by itself. The messages
 * may be of features that this proxy does not have, so they are looked at as they were decoded, without types.
 */
import type { AnyValue, Message } from '../../origin.ts';
import type { Reporter } from '../reporter.ts';

export interface RuleContext {
  readonly report: Reporter;
  /** The whole bootstrap. */
  readonly root: Message;
  /** Static clusters that are not EDS, by name. */
  readonly clusters: ReadonlySet<string>;
  /** All static clusters. */
  readonly allClusters: ReadonlySet<string>;
  /** Names of static secrets. */
  readonly secrets: ReadonlySet<string>;
}

export type Rule = (message: Message, ctx: RuleContext) => void;
/** By the full name of the message. */
export type Rules = Readonly<Record<string, Rule>>;

export const part = (m: Message | undefined, key: string): Message | undefined => m?.[key] as Message | undefined;
export const parts = (m: Message | undefined, key: string): readonly Message[] =>
  (m?.[key] as readonly Message[] | undefined) ?? [];
export const words = (m: Message | undefined, key: string): readonly string[] =>
  (m?.[key] as readonly string[] | undefined) ?? [];
export const text = (m: Message | undefined, key: string): string => (m?.[key] as string | undefined) ?? '';
/** A number, a duration in ms, or undefined. */
export const number = (m: Message | undefined, key: string): number | undefined => m?.[key] as number | undefined;
export const any = (m: Message | undefined, key: string): AnyValue | undefined => m?.[key] as AnyValue | undefined;

/** Calls `tell` for what has been seen before. */
export function eachRepeated<T>(
  list: readonly T[],
  key: (one: T) => string,
  tell: (one: T, key: string) => void,
): void {
  const seen = new Set<string>();
  for (const one of list) {
    const k = key(one);
    if (seen.has(k)) tell(one, k);
    seen.add(k);
  }
}
