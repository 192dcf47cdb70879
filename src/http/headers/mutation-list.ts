/** A list of mutations that happen one after the other, each seeing what those before it left. Mirrors Http::HeaderMutations (source/common/http/header_mutation.cc). */
import { each, refuse } from '../../config/refusal.ts';
import type { MutationRulesHeaderMutation } from '../../config/schema/types.ts';
import { compileMutations, type FormatCompiler, type HeaderMutations } from './header-mutations.ts';

/** `formats`: null where nothing `hasFormats`. */
export function compileMutationList(
  mutations: readonly MutationRulesHeaderMutation[] | undefined,
  formats: FormatCompiler | null,
): readonly HeaderMutations[] {
  return each(mutations, (m) => {
    if (m.removeOnMatch !== undefined) refuse(m, 'remove_on_match', 'remove_on_match is not supported here yet');
    const level = m.remove
      ? { requestHeadersToRemove: [m.remove] }
      : { requestHeadersToAdd: m.append ? [m.append] : [] };
    return compileMutations('request', null, [level], false, formats);
  }).filter((m) => m !== null);
}
