/** DirectResponseAction: an answer that stands in the config. A file is read when the table is built. */
import { existsSync } from 'node:fs';
import type { Headers } from '../../codec/headers.ts';
import { readDataSource } from '../../config/data-source.ts';
import { refuse } from '../../config/refusal.ts';
import type { DirectResponseAction } from '../../config/schema/types.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import type { BodyFormat } from '../headers/body-format.ts';
import type { FormatCompiler } from '../headers/header-mutations.ts';
import type { LocalReply } from '../reply.ts';
import { Redirect } from './redirect.ts';
import type { Answer } from './route.ts';
import { NO_BUILD } from './route-context.ts';
import type { RouteMatch } from './route-match.ts';

/** Envoy's default of max_direct_response_body_size_bytes (route.proto). */
export const DEFAULT_MAX_DIRECT_BODY = 4096;

/** Statuses with a location: RFC 9110 sections 15.3.2 and 15.4. */
const LOCATED: readonly number[] = [201, 301, 302, 303, 307, 308];

export class DirectResponse implements Answer {
  private readonly answer: LocalReply;
  private readonly format: BodyFormat | null;
  /** Envoy gives such an answer a location, and without a redirect that is the address that was asked for. */
  private readonly location: Redirect | null;

  constructor(config: DirectResponseAction, match: RouteMatch, maxBody: number, formats: FormatCompiler | null) {
    const { filename } = config.body ?? {};
    if (filename && !existsSync(filename)) {
      refuse(config.body as object, 'filename', `file ${filename} does not exist`, { here: true });
    }
    const bytes = readDataSource(config.body);
    if (bytes.length > maxBody) {
      const what = filename ? `file ${filename}` : 'response body';
      refuse(config, 'body', `${what} size is ${bytes.length} bytes; maximum is ${maxBody}`);
    }
    this.format = config.bodyFormat === undefined || formats === null ? null : formats.body(config.bodyFormat);
    const { status = 0 } = config;
    this.answer = { status, body: '', bytes, details: 'direct_response', headersFirst: true };
    this.location = LOCATED.includes(status) ? new Redirect({}, match, NO_BUILD) : null;
  }

  reply(h: Headers, _keep: boolean, info: FormatInfo): LocalReply {
    const { answer, location, format } = this;
    if (location === null && format === null) return answer;
    const headers = location === null ? [] : ['location', location.location(h)];
    if (format === null) return { ...answer, headers };
    if (format.contentType !== 'text/plain') headers.push('content-type', format.contentType);
    return { ...answer, headers, bytes: format.make((answer.bytes as Buffer).toString('latin1'), info, h, null) };
  }
}
