/** early_header_mutation_extensions: headers that are changed before the connection manager looks at them. Mirrors extensions/http/early_header_mutation/header_mutation. */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  HeaderMutationHeaderMutation as HeaderMutationConfig,
  HttpConnectionManager,
} from '../../config/schema/types.ts';
import type { FormatBuild, FormatInfo } from '../../format/format-context.ts';
import { hasFormats } from '../headers/header-mutations.ts';
import { compileMutationList } from '../headers/mutation-list.ts';

const HEADER_MUTATION = 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation';

export type EarlyMutations = (h: Headers, info: FormatInfo) => void;

export async function earlyMutations(message: HttpConnectionManager, format: FormatBuild): Promise<EarlyMutations> {
  const configs = message.earlyHeaderMutationExtensions ?? [];
  const formats = configs.some(hasFormats) ? (await import('../headers/body-format.ts')).formatCompiler(format) : null;
  const all = each(configs, (config) => {
    const { name = '', typedConfig } = config;
    if (typedConfig?.typeUrl !== HEADER_MUTATION) {
      refuse(config, '', `Early header mutation extension not found: '${name}'`);
    }
    return compileMutationList((typedConfig.value as HeaderMutationConfig).mutations, formats);
  }).flat();
  return (h, info) => {
    for (const m of all) m.apply(h, info, h, null);
  };
}
