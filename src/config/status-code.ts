/**
 * envoy.type.v3.StatusCode: names of statuses as the numbers they are. Not asked of the schema, whose rarer parts a worker does not load: it is
 * given configs that are read.
 */
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

/** Of the name alone. 0 where there is none; a number that has no name comes as it is. */
export function statusNumber(code: string | number | undefined): number {
  if (typeof code === 'number') return code;
  let number = 0;
  for (const word of NAMES.split(' ')) {
    const at = Number(word);
    if (!Number.isNaN(at)) {
      number = at;
      continue;
    }
    if (word === code) return number;
    number++;
  }
  return 0;
}
