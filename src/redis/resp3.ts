/**
 * `protocol_version: RESP3`: clients say HELLO 3 before anything else, and every upstream connection says it too (redis_proxy/proxy_filter.cc,
 * common/redis/client_impl.cc). Replies are passed on as they come; what several hosts said is joined into an array.
 */
import { UNKNOWN } from './command-table.ts';
import { NOPROTO, notWithin, welcome } from './local-answers.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { type Requester, RequestRouter } from './request-router.ts';

export interface Resp3 {
  readonly Resp3Router: typeof Resp3Router;
  hello(auth: Buffer | null): Buffer;
}

const HELLO_3 = Buffer.from('*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n');
const HELLO_3_AUTH = '*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n';
/** How redis-auth.ts begins AUTH with a password alone, which is the default user's, and with a name too. */
const AUTH_1 = '*2\r\n$4\r\nauth\r\n';
const DEFAULT_USER = '$7\r\ndefault\r\n';

/** What a connection says first; `auth`: the AUTH it would begin with in RESP2. */
export function hello(auth: Buffer | null): Buffer {
  if (auth === null) return HELLO_3;
  const words = auth.subarray(AUTH_1.length);
  const alone = auth.toString('latin1', 0, AUTH_1.length) === AUTH_1;
  return Buffer.concat([Buffer.from(alone ? HELLO_3_AUTH + DEFAULT_USER : HELLO_3_AUTH), words]);
}

/** Its name's. */
const HELLO_BYTES = 5;

export class Resp3Router extends RequestRouter {
  /** HELLO 3 was said. Before it what may come before AUTH is answered, and nothing else. */
  private agreed: boolean;
  private readonly helloNumber: number;

  constructor(session: Requester, proxy: ProxySettings) {
    super(session, proxy);
    this.agreed = false;
    this.helloNumber = proxy.commands.numberOf('hello');
  }

  protected override request(now: number): void {
    const { words, buf } = this.framer;
    // It is looked up there, too: once is enough for most.
    if (this.agreed && words[1] !== HELLO_BYTES) {
      super.request(now);
      return;
    }
    const { commands, proxy } = this;
    const command = commands.lookup(buf, words[0], words[1]);
    if (command === this.helloNumber) {
      this.hello(command);
    } else if (this.agreed || (command !== UNKNOWN && commands.beforeAuth[command])) {
      super.request(now);
    } else {
      proxy.stats.rqNoProto.inc();
      this.local(NOPROTO);
    }
  }

  protected override largeRequest(now: number): void {
    if (this.agreed) {
      super.largeRequest(now);
      return;
    }
    this.framer.joinPieces();
    this.request(now);
  }

  private hello(command: number): void {
    const { stats } = this.proxy;
    const text = this.welcomed();
    if (this.asking !== null) return;
    stats.commandStarted(command);
    stats.commandAnswered(command, text[0] !== '-');
    this.local(text);
  }

  private welcomed(): string {
    if (this.inTransaction) return notWithin('hello');
    const asks3 = this.argc > 1 ? this.word(1).toString('latin1', 0, 2) === '3' : this.agreed;
    if (!asks3) return NOPROTO;
    const { text, ok } = welcome(this, true);
    if (ok) this.agreed = true;
    return text;
  }
}
