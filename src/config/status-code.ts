/** envoy.type.v3.StatusCode: names of statuses as the numbers they are. */
import type { HttpStatus } from './schema/types.ts';

/** A number stands where the one before it does not go on. */
const NAMES =
  '100 Continue 200 OK Created Accepted NonAuthoritativeInformation NoContent ResetContent PartialContent MultiStatus AlreadyReported ' +
  '226 IMUsed 300 MultipleChoices MovedPermanently Found SeeOther NotModified UseProxy 307 TemporaryRedirect PermanentRedirect ' +
  '400 BadRequest Unauthorized PaymentRequired Forbidden NotFound MethodNotAllowed NotAcceptable ProxyAuthenticationRequired ' +
  'RequestTimeout Conflict Gone LengthRequired PreconditionFailed PayloadTooLarge URITooLong UnsupportedMediaType ' +
  'RangeNotSatisfiable ExpectationFailed 421 MisdirectedRequest UnprocessableEntity Locked FailedDependency 426 UpgradeRequired ' +
  '428 PreconditionRequired TooManyRequests 431 RequestHeaderFieldsTooLarge 500 InternalServerError NotImplemented BadGateway ' +
  'ServiceUnavailable GatewayTimeout HTTPVersionNotSupported VariantAlsoNegotiates InsufficientStorage LoopDetected ' +
  '510 NotExtended NetworkAuthenticationRequired';

/** 0 where there is none. */
export function statusCode(status: HttpStatus | undefined): number {
  const name = status?.code ?? '';
  let number = 0;
  for (const word of NAMES.split(' ')) {
    const at = Number(word);
    if (!Number.isNaN(at)) {
      number = at;
      continue;
    }
    if (word === name) return number;
    number++;
  }
  return 0;
}
