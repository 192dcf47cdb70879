/**
 * header_key_format.stateful_formatter preserve_case: the names of a message as they were written, for whoever passes it on over HTTP/1.
 * Of a name written in several ways the first counts. Mirrors PreserveCaseHeaderFormatter
 * (source/extensions/http/header_formatters/preserve_case/preserve_case_formatter.cc).
 */
import { isWritableValue } from '../../platform/wire-text.ts';
import { CRLF, lineStart } from './encode.ts';
import { fields } from './fields.ts';

/** PreserveCaseFormatterConfig. */
export interface KeepNames {
  /** forward_reason_phrase. */
  readonly reason: boolean;
  /** formatter_type_on_envoy_headers: names that did not come with the message are in proper case. */
  readonly properCase: boolean;
}

export class KeptNames {
  /** Of the status line; '' for the usual one. */
  reason: string;
  private readonly properCase: boolean;
  /** By lower case; names that were in lower case are not there. */
  private readonly written: Map<string, string>;

  constructor(properCase: boolean) {
    this.reason = '';
    this.properCase = properCase;
    this.written = new Map();
  }

  remember(name: string, written: string): void {
    if (!this.written.has(name)) this.written.set(name, written);
  }

  /** As encode.ts's: the end of the line before, the name, and what stands between it and its value. */
  lineStart(name: string): string {
    const written = this.written.get(name);
    return written === undefined ? lineStart(name, this.properCase) : `${CRLF}${written}: `;
  }
}

/** Of the head that was just scanned; `text` is its latin1 text and `base` the offset of its first byte. */
export function keepNames(text: string, base: number, keep: KeepNames): KeptNames {
  const kept = new KeptNames(keep.properCase);
  const { count, names, spans } = fields;
  for (let i = 0; i < count; i++) {
    const name = names[i].text;
    const colon = text.lastIndexOf(':', spans[2 * i] - base - 1);
    kept.remember(name, text.slice(colon - name.length, colon));
  }
  return kept;
}

/** As `keepNames`, of a response: with its reason, where that is asked for and can be written. */
export function keepResponse(text: string, base: number, keep: KeepNames): KeptNames {
  const kept = keepNames(text, base, keep);
  if (keep.reason) {
    const reason = text.slice(13, text.indexOf(CRLF));
    if (isWritableValue(reason)) kept.reason = reason;
  }
  return kept;
}
