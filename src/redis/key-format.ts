/**
 * A route's `key_formatter` with commands other than %KEY%: loaded where one is configured. Mirrors PrefixRoutes::formatKey
 * (redis_proxy/router_impl.cc).
 */
import { refuse } from '../config/refusal.ts';
import type { RedisProxyPrefixRoutesRoute } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { compileTexts } from '../format/compile.ts';
import { formatBuild } from '../format/format-build.ts';
import { type Formatter, NO_LOG } from '../format/format-context.ts';
import type { Connection } from '../transport/connection.ts';
import { ClientFacts } from './client-facts.ts';
import { KEY, type KeyPart } from './key-form.ts';

export type KeyFormats = (route: RedisProxyPrefixRoutesRoute) => readonly KeyPart[];

/** What stands between the keys. Throws Envoy's sentence for what is no format. */
export function keyFormats(ctx: FactoryContext): KeyFormats {
  const build = formatBuild(ctx, () => undefined);
  return (route) =>
    (route.keyFormatter ?? '').split(KEY).map((text) => between(text, route, () => compileTexts(text, build)));
}

function between(text: string, route: RedisProxyPrefixRoutesRoute, compile: () => Formatter): KeyPart {
  if (!text.includes('%')) return Buffer.from(text);
  try {
    const format = compile();
    return (connection: Connection) => Buffer.from(format(new ClientFacts(connection), NO_LOG), 'latin1');
  } catch (error) {
    return refuse(route, 'key_formatter', (error as Error).message);
  }
}
