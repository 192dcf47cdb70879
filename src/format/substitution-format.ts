/** SubstitutionFormatString (config.core.v3), compiled. Mirrors SubstitutionFormatStringUtils::fromProtoConfig. */
import { readDataSource } from '../config/data-source.ts';
import { about, refuse } from '../config/refusal.ts';
import type { SubstitutionFormatString } from '../config/schema/types.ts';
import { compileJson, compileText } from './compile.ts';
import type { FormatBuild, Formatter } from './format-context.ts';

export function compileFormatString(config: SubstitutionFormatString, build: FormatBuild): Formatter {
  const { textFormat, textFormatSource, jsonFormat, omitEmptyValues } = config;
  if (jsonFormat !== undefined) {
    return about(config, 'json_format', () => compileJson(jsonFormat, build, omitEmptyValues));
  }
  if (textFormatSource !== undefined) {
    return about(config, 'text_format_source', () =>
      compileText(readDataSource(textFormatSource).toString('utf8'), build, omitEmptyValues),
    );
  }
  if (textFormat === undefined) refuse(config, '', 'format: is required');
  return about(config, 'text_format', () => compileText(textFormat ?? '', build, omitEmptyValues));
}
