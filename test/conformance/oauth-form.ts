/**
 * What the oauth2 filter makes of chance and of the clock, shown so that two proxies can be compared: the id of a flow, what is signed with it,
 * what is encrypted, `state` and a client's assertion by what they hold.
 */

/** A name with the id of its flow, or a value that begins with it. */
const FLOW = /(?<=\b(?:OauthNonce|CodeVerifier)\.|OauthNonce=|"|=)[0-9a-f]{16}(?=[=".])/g;
const SIGNATURE = /(?<=FLOW\.)[A-Za-z0-9+/]{43}=/g;
const HMAC = /(set-cookie: [\w-]*OauthHMAC=)[A-Za-z0-9+/]{43}=/g;
const EXPIRES = /(set-cookie: [\w-]*OauthExpires=)1\d{9}\b/g;
/** Of cookies that are set. */
const ENCRYPTED = /(set-cookie: [\w.-]*(?:Token|Verifier)[\w.]*=(?:gcm\.)?)[A-Za-z0-9_-]{30,}(?=;)/g;
const CHALLENGE = /(code_challenge=)[A-Za-z0-9_-]{43}/g;
const STATE = /(?<=^location: .*[?&]state=)[A-Za-z0-9_-]+/gm;
const ASSERTION = /(client_assertion=)([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+/g;

const plain = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');

export function withoutChance(text: string): string {
  if (!/oauth|client_assertion/i.test(text)) return text;
  return text
    .replace(STATE, plain)
    .replace(FLOW, 'FLOW')
    .replace(SIGNATURE, 'SIGNATURE')
    .replace(HMAC, '$1HMAC')
    .replace(EXPIRES, '$1SECONDS')
    .replace(ENCRYPTED, '$1ENCRYPTED')
    .replace(CHALLENGE, '$1CHALLENGE')
    .replace(ASSERTION, (_, name: string, header: string, claims: string) => {
      const said = plain(claims).replace(/\b1\d{9}\b/g, 'SECONDS');
      return `${name}(${plain(header)} ${said})`;
    });
}
