/** What trees of matchers of several kinds may look at (routes, filters that are chosen, access control, other answers): each input once. */
import type { Headers } from '../../codec/headers.ts';
import type { Any, FilterStateInput } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { headerValue } from '../headers/header-matcher.ts';
import { filterStateText, type RequestContext } from './request-context.ts';

export const REQUEST_HEADER = 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput';
export const RESPONSE_HEADER = 'envoy.type.matcher.v3.HttpResponseHeaderMatchInput';
export const RESPONSE_TRAILER = 'envoy.type.matcher.v3.HttpResponseTrailerMatchInput';
export const RESPONSE_STATUS = 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput';
export const RESPONSE_STATUS_CLASS = 'envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput';
export const FILTER_STATE = 'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput';

/** Of a request's or a response's header, or of a trailer: several of a name are one, with commas. */
export function headerInput({ value }: Any): (h: Headers) => string | undefined {
  const name = asciiLower(toWire((value as { headerName?: string }).headerName ?? ''));
  return (h) => headerValue(h, name);
}

export const statusInput = (h: Headers): string => String(h.status);
export const statusClassInput = (h: Headers): string => `${Math.trunc(h.status / 100)}xx`;

/** What filters share under a key, or the field of it that is named. */
export function filterStateInput({ value }: Any): (context: Pick<RequestContext, 'filterState'>) => string | undefined {
  const { key = '', field = '' } = value as FilterStateInput;
  return (context) => filterStateText(context, key, field);
}
