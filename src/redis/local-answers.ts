/**
 * The commands that redis_proxy answers itself: as real Envoy 1.40 was seen to answer them, and as 1.16 those that it had
 * (redis_proxy/command_splitter_impl.cc, proxy_filter.cc).
 */
import { asciiLower } from '../platform/wire-text.ts';

/** A request, and what it may change of its client. */
export interface Asked {
  /** Words, the command's name included. */
  readonly argc: number;
  readonly authorised: boolean;
  /** Between MULTI and EXEC. */
  readonly inTransaction: boolean;
  /** Its bytes are those of the request: kept by nobody. */
  word(i: number): Buffer;
  /** Word `i` as it may stand in an error. */
  echoed(i: number): string;
  /** The request with another word in place of word `i`: bytes of their own. */
  replaced(i: number, text: string): Buffer;
  /** The answer to `AUTH first` or `AUTH first second`; null in place of OK. */
  authenticate(first: Buffer, second: Buffer | null, inHello?: true): string | null;
  /** The client is told this, and nothing after it. */
  leave(): void;
}

/** Null: the request is invalid. Text is latin1; bytes are the answerer's own. One that begins with `-` counts as an error. */
export type LocalAnswer = (asked: Asked) => string | Buffer | null;

const OK = '+OK\r\n';
export const NO_UPSTREAM = '-no upstream host\r\n';
export const NOPROTO = '-NOPROTO unsupported protocol version\r\n';
export const NOAUTH = '-NOAUTH Authentication required.\r\n';

export function notWithin(name: string): string {
  return `-'${name}' command is not supported within transaction\r\n`;
}

export const ping: LocalAnswer = () => '+PONG\r\n';

export const auth: LocalAnswer = (asked) => {
  if (asked.argc < 2) return null;
  return asked.authenticate(asked.word(1), asked.argc === 3 ? asked.word(2) : null) ?? OK;
};

export const echo: LocalAnswer = (asked) => {
  if (asked.argc !== 2) return null;
  const said = asked.word(1);
  return Buffer.concat([Buffer.from(`$${said.length}\r\n`), said, CRLF]);
};
const CRLF = Buffer.from('\r\n');

/** Seconds, and the microseconds of this second: as Redis. */
export const time: LocalAnswer = () => {
  const ms = Date.now();
  return array([`${Math.floor(ms / 1000)}`, `${(ms % 1000) * 1000}`]);
};

export const quit: LocalAnswer = (asked) => {
  asked.leave();
  return OK;
};

/** Upstream connections are shared and stay with database 0. */
export const select: LocalAnswer = (asked) => {
  if (asked.inTransaction && asked.argc > 1) return notWithin(asked.echoed(0));
  if (asked.argc !== 2) return asked.argc < 2 ? null : "-ERR wrong number of arguments for 'select' command\r\n";
  return asked.word(1).toString('latin1', 0, 2) === '0' ? OK : '-ERR SELECT is not allowed in cluster mode\r\n';
};

/** What libraries say when they connect. Upstream connections are shared: a client's name has no place on them. */
export const client: LocalAnswer = (asked) => {
  if (asked.inTransaction) return notWithin('client');
  if (asked.argc < 2) return null;
  const named = asked.word(1).toString('latin1', 0, LONGEST_WORD);
  const subcommand = asciiLower(named);
  const words = subcommand === 'setname' ? 3 : subcommand === 'setinfo' ? 4 : 0;
  if (words === 0) return `-ERR CLIENT subcommand '${printable(named)}' is not supported by the proxy\r\n`;
  if (asked.argc !== words) return `-ERR wrong number of arguments for 'client|${subcommand}' command\r\n`;
  return OK;
};

/** `HELLO [2 [AUTH username password] [SETNAME name]]`: RESP2 is what is spoken. */
export const hello: LocalAnswer = (asked) => {
  if (asked.inTransaction) return notWithin('hello');
  if (asked.argc > 1 && asked.word(1).toString('latin1', 0, 2) !== '2') return NOPROTO;
  return welcome(asked, false).text;
};

/** `name`: what SETNAME said, where the client is welcome. */
export interface Welcome {
  readonly text: string;
  readonly ok: boolean;
  readonly name: Buffer | null;
}

/** HELLO's options, and what is answered to them. */
export function welcome(asked: Asked, resp3: boolean): Welcome {
  const refusal = (text: string): Welcome => ({ text, ok: false, name: null });
  let name: Buffer | null = null;
  let username: Buffer | null = null;
  let password: Buffer | null = null;
  for (let i = 2; i < asked.argc; ) {
    const named = asked.word(i).toString('latin1', 0, LONGEST_WORD);
    const option = asciiLower(named);
    if (option === 'auth') {
      if (i + 2 >= asked.argc) return refusal('-ERR Syntax error: HELLO AUTH requires <username> <password>\r\n');
      username = asked.word(i + 1);
      password = asked.word(i + 2);
      i += 3;
    } else if (option === 'setname') {
      if (i + 1 >= asked.argc) return refusal('-ERR Syntax error: HELLO SETNAME requires a <clientname>\r\n');
      name = Buffer.from(asked.word(i + 1));
      i += 2;
    } else {
      return refusal(`-ERR Syntax error: unknown HELLO option '${printable(named)}'\r\n`);
    }
  }
  if (username !== null) {
    const refused = asked.authenticate(username, password, true);
    if (refused !== null) return refusal(refused);
  }
  if (!asked.authorised) return refusal(NOAUTH);
  return { text: resp3 ? GREETING_3 : GREETING, ok: true, name };
}

const FACTS = (proto: number): string =>
  `$6\r\nserver\r\n$17\r\nenvoy-redis-proxy\r\n$7\r\nversion\r\n$5\r\n6.0.0\r\n$5\r\nproto\r\n:${proto}\r\n$2\r\nid\r\n:0\r\n` +
  '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n';
const GREETING = `*14\r\n${FACTS(2)}`;
const GREETING_3 = `%7\r\n${FACTS(3)}`;

/** Envoy echoes a word of any length in an error; Redis cuts at this many bytes. */
const LONGEST_WORD = 128;

/** A word of the request inside an error reply; a line end there would be taken for the reply's. Control characters as Envoy 1.40. */
export function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f]/g, ' ');
}

/** The same of its bytes. */
export function echoed(word: Buffer): string {
  return printable(word.toString('latin1', 0, LONGEST_WORD));
}

function array(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`;
}
