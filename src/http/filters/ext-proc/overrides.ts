/** What mode_override makes of the mode that is configured. */
import type { ProcessingMode } from '../../../config/schema/types.ts';

/** Modes of headers and trailers that say nothing stay as they are; bodies' always say something. */
export function effective(given: ProcessingMode, before: ProcessingMode): ProcessingMode {
  const mode: Record<string, unknown> = { ...before };
  for (const field of [
    'requestHeaderMode',
    'responseHeaderMode',
    'requestTrailerMode',
    'responseTrailerMode',
  ] as const) {
    const value = given[field] ?? 'DEFAULT';
    if (value !== 'DEFAULT') mode[field] = value;
  }
  mode['requestBodyMode'] = given.requestBodyMode ?? 'NONE';
  mode['responseBodyMode'] = given.responseBodyMode ?? 'NONE';
  return mode as ProcessingMode;
}

export function same(a: ProcessingMode, b: ProcessingMode): boolean {
  return (
    (a.requestBodyMode ?? 'NONE') === (b.requestBodyMode ?? 'NONE') &&
    (a.requestTrailerMode ?? 'DEFAULT') === (b.requestTrailerMode ?? 'DEFAULT') &&
    (a.responseHeaderMode ?? 'DEFAULT') === (b.responseHeaderMode ?? 'DEFAULT') &&
    (a.responseBodyMode ?? 'NONE') === (b.responseBodyMode ?? 'NONE') &&
    (a.responseTrailerMode ?? 'DEFAULT') === (b.responseTrailerMode ?? 'DEFAULT')
  );
}
