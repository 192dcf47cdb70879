/** A cluster of two hosts that answer what a test says, and a client of its proxy. */
import { createServer, type Socket } from 'node:net';
import { Client, type ProxyOptions, startProxy, type TestProxy } from './harness.ts';

/** Answers each request with what `answer` makes of it; nothing for null. */
export class Host {
  port = 0;
  asked = 0;
  readonly sockets = new Set<Socket>();
  answer: (asked: string) => string | null;
  private readonly server = createServer((s) => {
    this.sockets.add(s);
    s.on('error', () => {});
    let text = '';
    s.on('data', (d) => {
      text += d.toString('latin1');
      for (let m = WHOLE.exec(text); m !== null; m = WHOLE.exec(text)) {
        text = text.slice(m[0].length);
        this.asked++;
        const reply = this.answer(m[0]);
        if (reply === 'close') s.destroy();
        else if (reply !== null) s.write(Buffer.from(reply, 'latin1'));
      }
    });
  });

  constructor(answer: string) {
    this.answer = () => answer;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as { port: number }).port;
  }

  stop(): void {
    for (const s of this.sockets) s.destroy();
    this.server.close();
  }
}
/** One request of bulk strings without line ends. */
const WHOLE = /^\*\d+\r\n(?:\$\d+\r\n[^\r]*\r\n)+?(?=\*|$)/;

export interface Stand {
  readonly one: Host;
  readonly two: Host;
  readonly proxy: TestProxy;
  readonly c: Client;
}

export async function stand(t: { teardown(fn: () => unknown): void }, options: ProxyOptions = {}): Promise<Stand> {
  const [one, two] = [new Host('+OK\r\n'), new Host('+OK\r\n')];
  await one.start();
  await two.start();
  const proxy = await startProxy([one.port, two.port], { envoy16: false, ...options });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    one.stop();
    two.stop();
  });
  return { one, two, proxy, c };
}
