/** What may be wrong with a token or a key set: number and sentence of jwt_verify_lib (status.h), which clients and metadata see. */
export interface JwtStatus {
  readonly code: number;
  readonly text: string;
}

const status = (code: number, text: string): JwtStatus => ({ code, text });

export const OK = status(0, 'OK');
export const MISSED = status(1, 'Jwt is missing');
export const NOT_YET_VALID = status(2, 'Jwt not yet valid');
export const EXPIRED = status(3, 'Jwt is expired');
export const BAD_FORMAT = status(4, 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections');
export const HEADER_BASE64 = status(5, 'Jwt header is an invalid Base64url encoded');
export const HEADER_JSON = status(6, 'Jwt header is an invalid JSON');
export const HEADER_ALG = status(7, 'Jwt header [alg] field is required and must be a string');
export const ALG_UNKNOWN = status(8, 'Jwt header [alg] is not supported');
export const HEADER_KID = status(9, 'Jwt header [kid] field is not a string');
export const PAYLOAD_BASE64 = status(10, 'Jwt payload is an invalid Base64url encoded');
export const PAYLOAD_JSON = status(11, 'Jwt payload is an invalid JSON');
export const ISS_TYPE = status(12, 'Jwt payload [iss] field is not a string');
export const SUB_TYPE = status(13, 'Jwt payload [sub] field is not a string');
export const IAT_TYPE = status(14, 'Jwt payload [iat] field is not an integer');
export const IAT_RANGE = status(15, 'Jwt payload [iat] field is not a positive 64 bit integer');
export const NBF_TYPE = status(16, 'Jwt payload [nbf] field is not an integer');
export const NBF_RANGE = status(17, 'Jwt payload [nbf] field is not a positive 64 bit integer');
export const EXP_TYPE = status(18, 'Jwt payload [exp] field is not an integer');
export const EXP_RANGE = status(19, 'Jwt payload [exp] field is not a positive 64 bit integer');
export const JTI_TYPE = status(20, 'Jwt payload [jti] field is not a string');
export const AUD_TYPE = status(21, 'Jwt payload [aud] field is not a string or string list');
export const SIGNATURE_BASE64 = status(22, 'Jwt signature is an invalid Base64url encoded');
export const ED25519_LENGTH = status(23, 'Jwt ED25519 signature is wrong length');
export const UNKNOWN_ISSUER = status(24, 'Jwt issuer is not configured');
export const AUDIENCE = status(25, 'Audiences in Jwt are not allowed');
export const VERIFICATION_FAIL = status(26, 'Jwt verification fails');
export const NO_VALID_KEYS = status(31, "Jwks doesn't have any valid public key");
export const KID_ALG_MISMATCH = status(32, "Jwks doesn't have key to match kid or alg from Jwt");
export const FETCH_FAIL = status(40, 'Jwks remote fetch is failed');
