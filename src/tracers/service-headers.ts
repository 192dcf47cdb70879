/** request_headers_to_add of a service that spans are sent to over HTTP: formatted for each request, of which there is no stream to tell of. */
import type { Headers } from '../codec/headers.ts';
import { about, each } from '../config/refusal.ts';
import type { CoreHttpService } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { compileText } from '../format/compile.ts';
import { type FormatBuild, type FormatContext, type Formatter, NO_LOG, StreamNeeds } from '../format/format-context.ts';
import { withFormatters } from '../format/substitution-format.ts';
import { StreamInfo } from '../http/stream/stream-info.ts';
import { turnMs } from '../platform/clock.ts';
import { asciiLower, isWritableValue, toWire } from '../platform/wire-text.ts';

export class ServiceHeaders {
  private readonly rows: readonly { readonly name: string; readonly format: Formatter }[];

  constructor(config: CoreHttpService | undefined, ctx: Pick<FactoryContext, 'localInfo'>) {
    const build: FormatBuild = withFormatters(config?.formatters, {
      localInfo: ctx.localInfo,
      clientAddress: () => undefined,
      needs: new StreamNeeds(),
      listenerName: '',
      filterChainName: '',
    });
    this.rows = each(config?.requestHeadersToAdd, ({ header = {} }) => ({
      name: asciiLower(toWire(header.key ?? '')),
      format: about(header, 'value', () => compileText(header.value ?? '', build)),
    }));
  }

  /** Each takes the place of what was there. */
  apply(h: Headers): void {
    if (this.rows.length === 0) return;
    const info = new StreamInfo('HTTP/1.1', turnMs(), null);
    const c: FormatContext = {
      info: Object.assign(info, { protocol: null }),
      request: h,
      response: null,
      responseTrailers: null,
    };
    for (const { name, format } of this.rows) {
      const value = format(c, NO_LOG);
      h.remove(name);
      if (isWritableValue(value)) h.add(name, value);
    }
  }
}
