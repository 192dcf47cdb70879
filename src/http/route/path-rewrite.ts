/**
 * prefix_rewrite, regex_rewrite and path_rewrite_policy: the path that the upstream is asked for. The query stays. Role of
 * RouteEntryImplBase::finalizePathHeader (source/common/router/config_impl.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { about, refuse } from '../../config/refusal.ts';
import type { RouteAction, UriTemplateRewriteConfig } from '../../config/schema/types.ts';
import { type FormatInfo, type Formatter, NO_LOG } from '../../format/format-context.ts';
import { isWritableTarget, toWire } from '../../platform/wire-text.ts';
import type { FormatCompiler } from '../headers/header-mutations.ts';
import { type PathTemplate, parseTemplateRewrite, type TemplatePart } from './path-template.ts';
import { compileRewrite, type Rewrite } from './regex-rewrite.ts';
import type { RouteBuild } from './route-context.ts';
import { pathEnd, type RouteMatch } from './route-match.ts';

export interface PathRewrite {
  /** `end`: where the path ends in `target`; null: there is nothing to do. */
  rewrite(target: string, end: number, h: Headers, info: FormatInfo): string | null;
}

export class PrefixRewrite implements PathRewrite {
  private readonly match: RouteMatch;
  private readonly prefix: string;
  constructor(match: RouteMatch, prefix: string) {
    this.match = match;
    this.prefix = toWire(prefix);
  }
  rewrite(target: string, end: number): string {
    return this.prefix + target.slice(this.match.matchedLength(end));
  }
}

export class RegexRewrite implements PathRewrite {
  private readonly replace: Rewrite;
  constructor(replace: Rewrite) {
    this.replace = replace;
  }
  rewrite(target: string, end: number): string {
    return this.replace(target.slice(0, end)) + target.slice(end);
  }
}

class TemplateRewrite implements PathRewrite {
  private readonly template: PathTemplate;
  private readonly parts: readonly TemplatePart[];
  constructor(template: PathTemplate, parts: readonly TemplatePart[]) {
    this.template = template;
    this.parts = parts;
  }
  rewrite(target: string, end: number): string {
    const found = this.template.pattern.exec(target.slice(0, end));
    // A filter has made another path of the one that matched: it goes as it is.
    if (found === null) return target;
    let path = '';
    for (const part of this.parts) path += typeof part === 'string' ? part : found[part + 1];
    return path + target.slice(end);
  }
}

/** path_rewrite: a path that is formatted. */
export class FormattedRewrite implements PathRewrite {
  private readonly format: Formatter;
  constructor(format: Formatter) {
    this.format = format;
  }
  rewrite(target: string, end: number, request: Headers, info: FormatInfo): string | null {
    const path = this.format({ info, request, response: null, responseTrailers: null }, NO_LOG);
    return path === '' || !isWritableTarget(path) ? null : path + target.slice(end);
  }
}

/** Null where the route says nothing. Throws Envoy's sentences for what does not go together. */
export function compilePathRewrite(action: RouteAction, match: RouteMatch, build: RouteBuild): PathRewrite | null {
  const { prefixRewrite = '', regexRewrite, pathRewritePolicy, pathRewrite = '' } = action;
  const policies =
    (prefixRewrite === '' ? 0 : 1) + (regexRewrite === undefined ? 0 : 1) + (pathRewritePolicy === undefined ? 0 : 1);
  if (policies > 1) throw new Error('Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy');
  if (prefixRewrite !== '') {
    if (match.template !== null) throw new Error('Cannot use prefix_rewrite with matcher extension');
    return new PrefixRewrite(match, prefixRewrite);
  }
  if (regexRewrite !== undefined) return new RegexRewrite(compileRewrite(regexRewrite, build.regexes));
  if (pathRewrite !== '') return formatted(action, pathRewrite, build);
  const config = pathRewritePolicy?.typedConfig?.value as UriTemplateRewriteConfig | undefined;
  if (config === undefined) return null;
  const { pathTemplateRewrite = '' } = config;
  if (match.template === null) {
    throw new Error(
      'unable to use envoy.path.rewrite.uri_template.uri_template_rewriter extension without envoy.path.match.uri_template.uri_template_matcher extension',
    );
  }
  try {
    return new TemplateRewrite(match.template, parseTemplateRewrite(pathTemplateRewrite, match.template));
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('mismatch')) throw error;
    const envoy = `path_rewrite_policy.path_template_rewrite ${pathTemplateRewrite} is invalid`;
    return refuse(action, 'path_rewrite_policy', `${envoy}: ${message}`, { envoy });
  }
}

/** `action`: of a route or a redirect. */
export function formatted(action: object, path: string, { formats }: RouteBuild): PathRewrite {
  return about(action, 'path_rewrite', () => new FormattedRewrite((formats as FormatCompiler).text(path, true)));
}

/** `keep`: the path that came is kept in x-envoy-original-path. */
export function rewritePath(h: Headers, rewrite: PathRewrite, keep: boolean, info: FormatInfo): void {
  const before = h.path;
  const path = rewrite.rewrite(before, pathEnd(before), h, info);
  if (path === null) return;
  if (keep) h.set('x-envoy-original-path', before);
  h.path = path;
}
