/**
 * Requests whose reading decides about smuggling, each a small named case. `want` is the status of the local reply, or the
 * number of requests that must come out when the payload is acceptable. `envoy` is what Envoy 1.40 answers where it differs.
 */
export interface RequestCase {
  readonly name: string;
  readonly bytes: string;
  /** HTTP status of the error; 0 when accepted; -1 when more input is awaited. */
  readonly status: 0 | -1 | 400 | 426 | 431 | 501;
  /** Envoy 1.40's answer where ours is stricter. */
  readonly envoy?: number;
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

function line(name: string, first: string, status: RequestCase['status'], envoy?: number): RequestCase {
  return { name, bytes: `${first}\r\nHost: a\r\n\r\n`, status, envoy };
}
/** A GET with `field` added. */
function field(name: string, text: string, status: RequestCase['status'], envoy?: number): RequestCase {
  return { name, bytes: `${GET}${text}\r\n\r\n`, status, envoy };
}
/** A POST with `fields` and `body`. */
function post(name: string, fields: string, body: string, status: RequestCase['status'], envoy?: number): RequestCase {
  return { name, bytes: `${POST}${fields}\r\n\r\n${body}`, status, envoy };
}
function chunks(name: string, body: string, status: RequestCase['status'], envoy?: number): RequestCase {
  return { name, bytes: CHUNKED + body, status, envoy };
}
function raw(name: string, bytes: string, status: RequestCase['status'], envoy?: number): RequestCase {
  return { name, bytes, status, envoy };
}

const END = '0\r\n\r\n';

export const REQUESTS: RequestCase[] = [
  // request line
  line('plain GET', 'GET / HTTP/1.1', 0),
  line('HTTP/1.0 without accept_http_10', 'GET / HTTP/1.0', 426),
  raw('HTTP/0.9', 'GET /\r\n\r\n', 426),
  line('HTTP/1.2', 'GET / HTTP/1.2', 426),
  line('HTTP/2.0', 'GET / HTTP/2.0', 426),
  line('HTTP/1.10', 'GET / HTTP/1.10', 400),
  line('HTTP/11', 'GET / HTTP/11', 400),
  line('lower-case http/1.1', 'GET / http/1.1', 400),
  line('HTTPS/1.1', 'GET / HTTPS/1.1', 400),
  line('unknown method', 'FOO / HTTP/1.1', 400),
  line('lower-case method', 'get / HTTP/1.1', 400),
  line('method with a slash', 'G/T / HTTP/1.1', 400),
  line('method glued to GET', 'GETT / HTTP/1.1', 400),
  line('empty method', ' / HTTP/1.1', 400),
  line('two spaces after the method', 'GET  / HTTP/1.1', 400, 200),
  line('two spaces before the version', 'GET /  HTTP/1.1', 400, 200),
  line('space after the version', 'GET / HTTP/1.1 ', 400, 200),
  line('tabs for spaces', 'GET\t/\tHTTP/1.1', 400, 200),
  line('space in the path', 'GET /a b HTTP/1.1', 400),
  line('no path', 'GET HTTP/1.1', 400),
  line('relative path', 'GET foo HTTP/1.1', 400),
  line('asterisk with GET', 'GET * HTTP/1.1', 400),
  line('asterisk and more', 'OPTIONS *x HTTP/1.1', 400, 404),
  line('asterisk with OPTIONS', 'OPTIONS * HTTP/1.1', 0),
  line('NUL in the path', 'GET /\0 HTTP/1.1', 400),
  line('tab in the path', 'GET /a\tb HTTP/1.1', 400),
  line('DEL in the path', 'GET /\x7f HTTP/1.1', 400),
  line('byte above 127 in the path', 'GET /\xe4 HTTP/1.1', 400),
  line('bare CR in the path', 'GET /a\rb HTTP/1.1', 400),
  raw('space before the request line', ` ${GET}\r\n`, 400),
  raw('an empty line first', `\r\n${GET}\r\n`, 0),
  raw('two empty lines first', `\r\n\r\n${GET}\r\n`, 0),
  raw('many empty lines first', `${'\r\n'.repeat(9)}${GET}\r\n`, 400, 200),
  raw('a bare LF first', `\n${GET}\r\n`, 400, 200),
  raw('a bare CR first', `\r${GET}\r\n`, 400),
  raw('the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
  raw('a TLS hello', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03', 400),
  // absolute and authority form
  line('absolute form', 'GET http://b:80/x?y HTTP/1.1', 0),
  line('absolute form, no path', 'GET http://b HTTP/1.1', 0),
  line('absolute form with user information', 'GET http://u:p@b/ HTTP/1.1', 0),
  line('absolute form, quote in user information', 'GET http://u"p@b/ HTTP/1.1', 400),
  line('absolute form, IPv6', 'GET http://[::1]:80/ HTTP/1.1', 0),
  line('absolute form, bad IPv6', 'GET http://[::zz]/ HTTP/1.1', 400),
  line('absolute form, empty host', 'GET http:/// HTTP/1.1', 400),
  line('absolute form, empty port', 'GET http://b:/ HTTP/1.1', 400),
  line('absolute form, port too big', 'GET http://b:99999/ HTTP/1.1', 400),
  line('absolute form, two @', 'GET http://u@v@b/ HTTP/1.1', 400),
  line('absolute form, other scheme', 'GET ftp://b/ HTTP/1.1', 400),
  raw('absolute form without Host', 'GET http://b/ HTTP/1.1\r\n\r\n', 400, 200),
  line('CONNECT with a path', 'CONNECT / HTTP/1.1', 400),
  line('CONNECT without a port', 'CONNECT a HTTP/1.1', 400),
  raw('CONNECT with a body length', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx', 400),
  raw('CONNECT with chunked', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', 501),
  // Host
  raw('no Host', 'GET / HTTP/1.1\r\n\r\n', 400),
  raw('empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 0),
  field('two Hosts', 'Host: b', 400, 200),
  field('the same Host twice', 'Host: a', 400, 200),
  raw('space in Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400),
  raw('slash in Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400),
  raw('byte above 127 in Host', 'GET / HTTP/1.1\r\nHost: \xe4\r\n\r\n', 400),
  // line ends
  raw('bare LF everywhere', 'GET / HTTP/1.1\nHost: a\n\n', 400, 200),
  raw('bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400, 200),
  raw('bare LF after a field', 'GET / HTTP/1.1\r\nHost: a\nx: y\r\n\r\n', 400, 200),
  raw('bare LF as the empty line', `${GET}\n`, 400, 200),
  field('bare CR in a value', 'x: a\rb', 400, 200),
  field('CR CR LF', 'x: a\r', 400, 200),
  field('bare CR before a second field', 'x: a\rContent-Length: 5', 400, 200),
  field('CR in a name', 'x\r: a', 400),
  field('obsolete folding', 'x: a\r\n b', 400, 200),
  field('obsolete folding with a tab', 'x: a\r\n\tb', 400, 200),
  raw('white space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400),
  // names
  field('space before the colon', 'x : a', 400),
  field('tab before the colon', 'x\t: a', 400),
  raw('space before the colon of Content-Length', `${POST}Content-Length : 5\r\n\r\nhello`, 400),
  field('no colon', 'foo', 400),
  field('empty name', ': a', 400),
  field('parenthesis in a name', 'x(: a', 400),
  field('slash in a name', 'x/y: a', 400),
  field('NUL in a name', 'x\0: a', 400),
  field('byte above 127 in a name', '\xe9: a', 400),
  field('all token characters in a name', "!#$%&'*+-.^_`|~: a", 0),
  field('underscore in a name', 'content_length: 5', 0),
  // values
  field('empty value', 'x:', 0),
  field('white space around a value', 'x: \t a b \t ', 0),
  field('tab inside a value', 'x: a\tb', 0),
  field('bytes above 127 in a value', 'x: \xff\x80', 0),
  field('NUL in a value', 'x: a\0b', 400),
  field('control byte in a value', 'x: a\x01b', 400),
  field('DEL in a value', 'x: a\x7fb', 400),
  field('vertical tab in a value', 'x: a\x0bb', 400),
  // Content-Length
  post('Content-Length', 'Content-Length: 5', 'hello', 0),
  post('Content-Length with leading zeros', 'Content-Length: 0005', 'hello', 0),
  post('Content-Length zero', 'Content-Length: 0', '', 0),
  field('Content-Length with GET', 'Content-Length: 0', 0),
  post('Content-Length twice, equal', 'Content-Length: 5\r\nContent-Length: 5', 'hello', 400),
  post('Content-Length twice, different', 'Content-Length: 5\r\nContent-Length: 6', 'hello', 400),
  post('Content-Length listed', 'Content-Length: 5, 5', 'hello', 400),
  post('Content-Length with a plus', 'Content-Length: +5', 'hello', 400),
  post('Content-Length with a minus', 'Content-Length: -5', 'hello', 400),
  post('Content-Length in hexadecimal', 'Content-Length: 0x5', 'hello', 400),
  post('Content-Length with a fraction', 'Content-Length: 5.0', 'hello', 400),
  post('Content-Length with an exponent', 'Content-Length: 5e0', 'hello', 400),
  post('Content-Length empty', 'Content-Length:', 'hello', 400),
  post('Content-Length with inner space', 'Content-Length: 1 0', 'hello', 400),
  post('Content-Length with trailing text', 'Content-Length: 5x', 'hello', 400),
  post('Content-Length beyond 2^64', 'Content-Length: 99999999999999999999', 'hello', 400),
  post('Content-Length of 2^64 - 1', 'Content-Length: 18446744073709551615', 'hello', 400, 200),
  post('Content-Length that wraps to 5 in 64 bits', 'Content-Length: 18446744073709551621', 'hello', 400),
  post('Content-Length with a leading tab', 'Content-Length:\t5', 'hello', 0),
  post('Content-Length with a trailing space', 'Content-Length: 5 ', 'hello', 0),
  post('Content-Length with a trailing tab', 'Content-Length: 5\t', 'hello', 0),
  post('Content-Length with a trailing space and tab', 'Content-Length: 5 \t', 'hello', 0),
  post('Content-Length in other digits', 'Content-Length: \xb2', 'hello', 400),
  post('Content-Length quoted', 'Content-Length: "5"', 'hello', 400),
  // Transfer-Encoding
  post('CL.TE', 'Content-Length: 5\r\nTransfer-Encoding: chunked', END, 400),
  post('TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 5', END, 400),
  post('TE with Content-Length 0', 'Transfer-Encoding: chunked\r\nContent-Length: 0', END, 400),
  post('TE in capitals', 'Transfer-Encoding: CHUNKED', END, 0),
  post('TE gzip', 'Transfer-Encoding: gzip', '', 501),
  post('TE gzip, chunked', 'Transfer-Encoding: gzip, chunked', END, 501),
  post('TE chunked, gzip', 'Transfer-Encoding: chunked, gzip', END, 501),
  post('TE chunked, chunked', 'Transfer-Encoding: chunked, chunked', END, 501),
  post('TE twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', END, 501),
  post('TE identity then chunked', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', END, 501),
  post('TE chunked then identity', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', END, 501),
  post('TE identity', 'Transfer-Encoding: identity', '', 501),
  post('TE empty', 'Transfer-Encoding:', '', 501),
  post('TE with a comma', 'Transfer-Encoding: chunked,', END, 501),
  post('TE with a leading comma', 'Transfer-Encoding: , chunked', END, 501),
  post('TE with a prefix', 'Transfer-Encoding: xchunked', END, 501),
  post('TE with a suffix', 'Transfer-Encoding: chunkedx', END, 501),
  post('TE quoted', 'Transfer-Encoding: "chunked"', END, 501),
  post('TE with a parameter', 'Transfer-Encoding: chunked;q=1', END, 501),
  post('TE with a vertical tab', 'Transfer-Encoding: \x0bchunked', END, 400),
  post('TE with a no-break space', 'Transfer-Encoding: \xa0chunked', END, 501),
  post('TE on a folded line', 'Transfer-Encoding:\r\n chunked', END, 400, 200),
  post('TE with a space before the colon', 'Transfer-Encoding : chunked', END, 400),
  post('TE with a leading tab', 'Transfer-Encoding:\tchunked', END, 0),
  post('TE with a trailing space', 'Transfer-Encoding: chunked ', END, 0),
  post('TE with a trailing tab', 'Transfer-Encoding: chunked\t', END, 501, 200),
  post('TE with a trailing space and tab', 'Transfer-Encoding: chunked \t', END, 501, 200),
  raw('TE in HTTP/1.0', `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${END}`, 426),
  // chunks
  chunks('chunks', `5\r\nhello\r\n1\r\n!\r\n${END}`, 0),
  chunks('chunk size in capitals, with zeros', `000A\r\n0123456789\r\n${END}`, 0),
  chunks('chunk extension', `5;a=b\r\nhello\r\n${END}`, 0),
  chunks('chunk extension without a value', `5;a;b\r\nhello\r\n0;c\r\n\r\n`, 0),
  chunks('chunk extension quoted', `5;a="b;\\"\\\\c"\r\nhello\r\n${END}`, 0),
  chunks('chunk extension with quoted CRLF', `5;a="\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension without a name', `5;\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension with an empty value', `5;a=\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension after a space', `5 ;a\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension with a control byte', `5;a\x01\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension with NUL', `5;a\0\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension with a byte above 127', `5;a\xff\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk extension ended by LF', `5;a\nhello\r\n${END}`, 400),
  chunks('chunk extension with a bare CR', `5;a\rb\r\nhello\r\n${END}`, 400),
  chunks('chunk extensions without end', `5;a=${'b'.repeat(5000)}\r\nhello\r\n${END}`, 400, 200),
  chunks('space after a chunk size', `5 \r\nhello\r\n${END}`, 400, 200),
  chunks('tab after a chunk size', `5\t\r\nhello\r\n${END}`, 400, 200),
  chunks('space before a chunk size', ` 5\r\nhello\r\n${END}`, 400),
  chunks('chunk size ended by LF', `5\nhello\r\n${END}`, 400),
  chunks('chunk size ended by CR CR LF', `5\r\r\nhello\r\n${END}`, 400),
  chunks('chunk data ended by LF', `5\r\nhello\n${END}`, 400, 200),
  chunks('chunk data ended by CR and something', `5\r\nhello\rX${END}`, 400),
  chunks('chunk data not ended', `5\r\nhello${END}`, 400),
  chunks('chunk data longer than its size', `5\r\nhelloX\r\n${END}`, 400, 200),
  chunks('chunk size 0x5', `0x5\r\nhello\r\n${END}`, 400),
  chunks('chunk size +5', `+5\r\nhello\r\n${END}`, 400),
  chunks('chunk size -5', `-5\r\nhello\r\n${END}`, 400),
  chunks('chunk size empty', `\r\nhello\r\n${END}`, 400),
  chunks('chunk size g', `g\r\nhello\r\n${END}`, 400),
  chunks('chunk size 5g', `5g\r\nhello\r\n${END}`, 400),
  chunks('chunk size with an underscore', `1_0\r\nhello\r\n${END}`, 400),
  chunks('chunk size that wraps to 5 in 64 bits', `10000000000000005\r\nhello\r\n${END}`, 400),
  chunks('chunk size of 2^64 - 1', `ffffffffffffffff\r\nhello\r\n${END}`, 400, 200),
  chunks('chunk size with many zeros', `${'0'.repeat(40)}5\r\nhello\r\n${END}`, 400, 200),
  chunks('last chunk ended by LF', '5\r\nhello\r\n0\n\r\n', 400),
  chunks('trailer section ended by LF', '5\r\nhello\r\n0\r\n\n', 400, 200),
  chunks('last chunk 00', '5\r\nhello\r\n00\r\n\r\n', 0),
  chunks('a trailer', '5\r\nhello\r\n0\r\nx: y\r\n\r\n', 0),
  chunks('a trailer with a bad name', '0\r\nx y: y\r\n\r\n', 400),
  chunks('a trailer without a colon', '0\r\nxy\r\n\r\n', 400),
  chunks('a trailer with folding', '0\r\nx: y\r\n z\r\n\r\n', 400, 200),
  chunks('a trailer with a control byte', '0\r\nx: y\x01\r\n\r\n', 400),
  chunks('a Content-Length trailer', '0\r\nContent-Length: 3\r\n\r\n', 400, 200),
  chunks('a Transfer-Encoding trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 200),
  chunks('a Host trailer', '0\r\nHost: b\r\n\r\n', 400, 200),
  // Connection and upgrades
  field('Connection nominates x-forwarded-for', 'Connection: x-forwarded-for', 400),
  field('Connection nominates a pseudo-header', 'Connection: :path', 400),
  field('Connection nominates host', 'Connection: x, Host', 400),
  field('Connection with ten tokens', 'Connection: a,b,c,d,e,f,g,h,i,j', 400),
  field('Connection with nine tokens', 'Connection: a,b,c,d,e,f,g,h,i', 0),
  post('an upgrade with a length', 'Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5', 'hello', 400, 403),
  post(
    'an upgrade with chunks',
    'Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked',
    END,
    400,
    403,
  ),
  // cut short
  raw('half a request line', 'GET / HT', -1),
  raw('half a head', 'GET / HTTP/1.1\r\nHost: a\r\nx', -1),
  raw('half a body', `${POST}Content-Length: 5\r\n\r\nhel`, -1),
  raw('half a chunk', `${CHUNKED}5\r\nhel`, -1),
];
