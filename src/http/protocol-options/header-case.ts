/** Http1ProtocolOptions.header_key_format.stateful_formatter, of which there is one kind: preserve_case. Mirrors extensions/http/header_formatters/preserve_case. */
import type { KeepNames } from '../../codec/http1/kept-names.ts';
import { refuseUnregistered } from '../../config/refusal.ts';
import type { Http1ProtocolOptions, PreserveCaseFormatterConfig } from '../../config/schema/types.ts';

const PRESERVE_CASE = 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig';

/** Null where names are written in one way, however they came. */
export function keepNamesOf(options: Http1ProtocolOptions): KeepNames | null {
  const { statefulFormatter } = options.headerKeyFormat ?? {};
  if (statefulFormatter === undefined) return null;
  const { typedConfig } = statefulFormatter;
  if (typedConfig?.typeUrl !== PRESERVE_CASE) {
    return refuseUnregistered(statefulFormatter);
  }
  const config = typedConfig.value as PreserveCaseFormatterConfig;
  return {
    reason: config.forwardReasonPhrase ?? false,
    properCase: config.formatterTypeOnEnvoyHeaders === 'PROPER_CASE',
  };
}
