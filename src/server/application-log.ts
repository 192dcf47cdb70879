/**
 * The bootstrap's `application_log_config`: lines of the process's own log as a text or as JSON, in spdlog's flags like `--log-format`. Role of
 * InstanceBase::initialize and Logger::setJsonLogFormat. Loaded for configs that have it.
 */
import { refuse } from '../config/refusal.ts';
import type { BootstrapApplicationLogConfig } from '../config/schema/types.ts';

/** Flags that would break the JSON they stand in. */
const BREAKS_JSON = ['%v', '%_'];

/** The pattern; undefined: as the command line says. `given`: whether that says one. Throws Envoy's sentences. */
export function applicationLogFormat(config: BootstrapApplicationLogConfig, given: boolean): string | undefined {
  const { logFormat } = config;
  if (logFormat === undefined) return undefined;
  if (given) {
    refuse(
      config,
      'log_format',
      'Only one of ApplicationLogConfig.log_format or CLI option --log-format can be specified.',
    );
  }
  const { jsonFormat, textFormat } = logFormat;
  if (jsonFormat === undefined) return textFormat ?? '';
  const pattern = JSON.stringify(jsonFormat);
  for (const flag of BREAKS_JSON) {
    if (pattern.includes(flag)) {
      refuse(
        logFormat,
        'json_format',
        `setJsonLogFormat error: INVALID_ARGUMENT: Usage of ${flag} is unavailable for JSON log formats`,
      );
    }
  }
  return pattern;
}
