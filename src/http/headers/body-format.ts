/** A body that is made for each answer (SubstitutionFormatString), and what it is. Loaded where a config has one. */
import type { Headers } from '../../codec/headers.ts';
import { within } from '../../config/refusal.ts';
import type { SubstitutionFormatString } from '../../config/schema/types.ts';
import { compileText, compileValue } from '../../format/compile.ts';
import { type FormatBuild, type FormatInfo, type Formatter, NO_LOG } from '../../format/format-context.ts';
import { compileFormatString } from '../../format/substitution-format.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { FormatCompiler } from './header-mutations.ts';

export class BodyFormat {
  private readonly format: Formatter;
  readonly contentType: string;

  constructor(config: SubstitutionFormatString, build: FormatBuild) {
    this.format = within(config, () => compileFormatString(config, build));
    this.contentType =
      toWire(config.contentType ?? '') || (config.jsonFormat === undefined ? 'text/plain' : 'application/json');
  }

  /** `body`: what it would be otherwise, as wire text. */
  make(body: string, info: FormatInfo, request: Headers, response: Headers | null): Buffer {
    const text = this.format({ info, request, response, responseTrailers: null }, { ...NO_LOG, localReplyBody: body });
    return Buffer.from(text, 'latin1');
  }
}

/** For configs that have something to format. */
export function formatCompiler(build: FormatBuild): FormatCompiler {
  return {
    compile: compileValue,
    build,
    body: (config) => new BodyFormat(config, build),
    text: (format, omitEmpty) => compileText(format, build, omitEmpty),
  };
}
