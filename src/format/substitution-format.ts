/** SubstitutionFormatString (config.core.v3), compiled. Mirrors SubstitutionFormatStringUtils::fromProtoConfig. */
import { readDataSource } from '../config/data-source.ts';
import { about, each, refuse, refuseUnregistered } from '../config/refusal.ts';
import type {
  Cel,
  CelExpressionConfig,
  SubstitutionFormatString,
  TypedExtensionConfig,
} from '../config/schema/types.ts';
import { compileJson, compileText } from './compile.ts';
import type { FormatBuild, Formatter } from './format-context.ts';

export function compileFormatString(config: SubstitutionFormatString, outer: FormatBuild): Formatter {
  const build = withFormatters(config.formatters, outer);
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

const FORMATTERS = 'envoy.extensions.formatter';

/** Envoy has the operators of all of these in any case; %CEL% can be told more here. */
export function withFormatters(
  formatters: readonly TypedExtensionConfig[] | undefined,
  outer: FormatBuild,
): FormatBuild {
  if ((formatters ?? []).length === 0) return outer;
  let celOptions: CelExpressionConfig | undefined;
  each(formatters, (formatter) => {
    const { typedConfig } = formatter;
    switch (typedConfig?.typeUrl) {
      case `${FORMATTERS}.cel.v3.Cel`:
        celOptions = (typedConfig.value as Cel).celConfig;
        break;
      case `${FORMATTERS}.metadata.v3.Metadata`:
        break;
      default:
        refuseUnregistered(formatter);
    }
  });
  return { ...outer, celOptions };
}
