/** access_log of a connection manager, of the admin listener …: builds the loggers, each loaded where a config names it. */
import { eachAsync, refuse, within } from '../config/refusal.ts';
import type { AccessLog, AccessLogFilter } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import type { FormatBuild } from '../format/format-context.ts';
import { loadRegexes, NO_REGEXES, needsRegex } from '../http/headers/regex.ts';
import type { AccessLogger } from './access-logger.ts';

/** What a logger's `create(config, ctx)` is given. It returns an AccessLogger, or null where nobody would read the lines. */
export interface AccessLogContext extends FactoryContext {
  readonly format: FormatBuild;
}

export async function makeAccessLogs(
  messages: readonly AccessLog[] | undefined,
  ctx: FactoryContext,
  format: FormatBuild,
): Promise<readonly AccessLogger[]> {
  const logCtx: AccessLogContext = { ...ctx, format };
  const loggers = await eachAsync(messages, async (m) => {
    const typed = m.typedConfig;
    if (typed === undefined) {
      return refuse(m, 'name', `Didn't find a registered implementation for '${m.name ?? ''}' with type URL: ''`);
    }
    const module = await ctx.loadExtension(typed.typeUrl);
    const logger = (await module.create(typed.value, logCtx)) as AccessLogger | null;
    return logger === null || m.filter === undefined ? logger : filtered(logger, m.filter, ctx.envoy16, format);
  });
  return loggers.filter((l) => l !== null);
}

async function filtered(
  logger: AccessLogger,
  filter: AccessLogFilter,
  envoy16: boolean,
  format: FormatBuild,
): Promise<AccessLogger> {
  const { logTest } = await import('./filter.ts');
  const { test: regex } = needsRegex(filter) ? await loadRegexes(envoy16) : NO_REGEXES;
  const test = within(filter, () => logTest(filter, regex, format));
  return {
    log: (c, o) => {
      if (test(c, o)) logger.log(c, o);
    },
  };
}
