/** Http1ProtocolOptions.ignore_http_11_upgrade: upgrades that a request does not ask for, whatever it says. Mirrors Http::Utility::removeUpgrade (source/common/http/utility.cc). */
import { each } from '../../config/refusal.ts';
import type { HttpConnectionManager } from '../../config/schema/types.ts';
import { stringTest } from '../headers/header-matcher.ts';
import { loadRegexes, NO_REGEXES, needsRegex, type StringTest } from '../headers/regex.ts';

/** Of one of the upgrades asked for. */
export async function upgradesToIgnore(
  { httpProtocolOptions }: HttpConnectionManager,
  envoy16: boolean,
): Promise<StringTest> {
  const { ignoreHttp11Upgrade = [] } = httpProtocolOptions ?? {};
  const regexes = needsRegex(ignoreHttp11Upgrade) ? await loadRegexes(envoy16) : NO_REGEXES;
  const tests = each(ignoreHttp11Upgrade, (m) => stringTest(m, regexes.test));
  return (token) => tests.some((test) => test(token));
}
