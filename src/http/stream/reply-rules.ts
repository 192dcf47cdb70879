/**
 * local_reply_config: other statuses, bodies and headers for answers that the proxy gives itself, by the filters of access logs. The first
 * mapper whose filter matches counts. Mirrors LocalReplyImpl (source/common/local_reply/local_reply.cc). Loaded where a config has one.
 */
import { type LogTest, logTest } from '../../access-log/filter.ts';
import type { Headers } from '../../codec/headers.ts';
import { readDataSource } from '../../config/data-source.ts';
import { each, refuse, within } from '../../config/refusal.ts';
import type { LocalReplyConfig, ResponseMapper } from '../../config/schema/types.ts';
import { type FormatBuild, NO_LOG } from '../../format/format-context.ts';
import { BodyFormat, formatCompiler } from '../headers/body-format.ts';
import { compileMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import { loadRegexes, NO_REGEXES, needsRegex, type RegexCompiler } from '../headers/regex.ts';
import type { LocalReply } from '../reply.ts';
import type { StreamInfo } from './stream-info.ts';

interface Mapper {
  readonly matches: LogTest;
  readonly status: number | undefined;
  readonly body: Buffer | null;
  readonly mutations: HeaderMutations | null;
  readonly format: BodyFormat | null;
}

export class ReplyRules {
  private readonly mappers: readonly Mapper[];
  private readonly format: BodyFormat | null;

  constructor(config: LocalReplyConfig, build: FormatBuild, regex: RegexCompiler) {
    this.mappers = each(config.mappers, (m) => compileMapper(m, build, regex));
    this.format = config.bodyFormat === undefined ? null : new BodyFormat(config.bodyFormat, build);
  }

  /** The reply that is sent instead; changes the head. */
  rewrite(reply: LocalReply, h: Headers, info: StreamInfo, request: Headers): LocalReply {
    let { status } = reply;
    let body = reply.bytes ?? Buffer.from(reply.body);
    let { format } = this;
    info.responseCode = status;
    const c = { info, request, response: h, responseTrailers: null };
    const mapper = this.mappers.find((m) => m.matches(c, NO_LOG));
    if (mapper !== undefined) {
      if (mapper.body !== null) body = mapper.body;
      mapper.mutations?.apply(h, info, request, h);
      status = mapper.status ?? status;
      h.status = status;
      info.responseCode = status;
      if (mapper.format !== null) format = mapper.format;
    }
    if (format === null) return { ...reply, status, bytes: body };
    return {
      ...reply,
      status,
      bytes: format.make(body.toString('latin1'), info, request, h),
      contentType: format.contentType,
    };
  }
}

function compileMapper(m: ResponseMapper, build: FormatBuild, regex: RegexCompiler): Mapper {
  const { filter, headersToAdd, bodyFormatOverride } = m;
  if (filter === undefined) return refuse(m, 'filter', 'filter: is required');
  return {
    matches: within(filter, () => logTest(filter, regex, build)),
    status: m.statusCode,
    body: m.body === undefined ? null : readDataSource(m.body),
    mutations: compileMutations(
      'response',
      null,
      [{ responseHeadersToAdd: headersToAdd ?? [] }],
      false,
      formatCompiler(build),
    ),
    format: bodyFormatOverride === undefined ? null : new BodyFormat(bodyFormatOverride, build),
  };
}

export async function compileReplyRules(
  config: LocalReplyConfig,
  build: FormatBuild,
  envoy16: boolean,
): Promise<ReplyRules> {
  const { test } = needsRegex(config) ? await loadRegexes(envoy16) : NO_REGEXES;
  return within(config, () => new ReplyRules(config, build, test));
}
