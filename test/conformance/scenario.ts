/** Plays the steps of one case through one proxy and writes down what every peer saw. */
import { once } from 'node:events';
import * as net from 'node:net';
import { get } from '../support/proxy-process.ts';
import { respCommands, untilHead, untilReplies, untilRequest, untilResponses } from './boundaries.ts';
import { asList, asMap, type Case, message, type Step, type Yaml } from './case.ts';
import { hostsFile } from './config.ts';
import { DatagramPeer } from './datagrams.ts';
import { frame, readFrame } from './frames.ts';
import { H2Client } from './h2-client.ts';
import { showFields } from './message-form.ts';
import { Peer, ScriptError, WAIT_MS } from './peer.ts';
import type { Side } from './side.ts';
import { isWhole, readReport, type SpanReport, withoutIds } from './spans.ts';
import { TlsClient } from './tls-client.ts';

/** Peer → what it saw, in its own order. */
export type Transcript = Map<string, string[]>;

const QUIET_MS = 60;
const STATS_WAIT_MS = WAIT_MS + 1000;
/** A tracer sends what it has every five seconds. */
const SPANS_WAIT_MS = 7000;
const LOG_WAIT_MS = STATS_WAIT_MS;
const SILENT_FRAMES = /^(SETTINGS ack|PING ack|WINDOW_UPDATE)/;

export class Scenario {
  readonly #side: Side;
  readonly #case: Case;
  readonly #transcript: Transcript = new Map();
  readonly #clients = new Map<string, Peer>();
  readonly #h2Clients = new Map<string, H2Client>();
  readonly #upstreams = new Map<string, Peer>();
  readonly #datagramClients = new Map<string, DatagramPeer>();
  /** Clusters whose hosts the case has told. */
  readonly #peopled = new Set<string>();
  #statsBefore = new Map<string, number>();

  constructor(side: Side, c: Case) {
    this.#side = side;
    this.#case = c;
  }

  async play(): Promise<Transcript> {
    try {
      if (this.#case.steps.some((s) => s.actor === 'stats')) this.#statsBefore = await this.#stats();
      for (const step of this.#case.steps) await this.#step(step);
      await Promise.all([...this.#side.h2.values()].map((u) => u.settled()));
      for (const [name, u] of [...this.#side.tcp, ...this.#side.h2]) {
        const all = this.#side.config.repeats.has(name) ? [...new Set(u.seen)].sort() : u.seen;
        for (const seen of all) this.#note(`upstream ${name}`, seen);
      }
      return this.#transcript;
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      const show = (value: unknown): string => JSON.stringify(value).slice(0, 1500);
      error.message += `\nso far: ${show([...this.#transcript])}\nunread: ${show(error.received)}`;
      throw error;
    } finally {
      for (const c of this.#clients.values()) c.close();
      for (const c of this.#h2Clients.values()) c.close();
      for (const c of this.#datagramClients.values()) c.close();
    }
  }

  async #step(step: Step): Promise<void> {
    if (step.actor === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(step.argument)));
    else if (step.actor === 'admin') await this.#admin(step.argument);
    else if (step.actor === 'file') this.#side.putFiles(asMap(step.argument, 'file'));
    else if (step.actor === 'hosts') await this.#hosts(step.argument);
    else if (step.actor.startsWith('udp ')) await this.#datagrams(step);
    else if (step.actor === 'log') await this.#log(step.argument);
    else if (step.actor === 'stats') await this.#awaitStats(step.argument);
    else if (step.actor === 'client' && step.verb === 'tls') await this.#tls(step);
    else if (step.actor === 'spans') await this.#spans(step.argument);
    else if (step.actor === 'client' && step.verb === 'h2') await this.#h2(step);
    else if (this.#h2Clients.has(step.name) && step.actor === 'client') await this.#h2Session(step);
    else await this.#peerStep(step, await this.#peer(step));
  }

  /** Goes on when the proxy has read the file of each cluster. */
  async #hosts(yaml: Yaml): Promise<void> {
    for (const [cluster, hosts] of Object.entries(asMap(yaml, 'hosts'))) {
      this.#peopled.add(cluster);
      const updates = async (): Promise<number> => {
        const now = await this.#stats();
        return (
          (now.get(`cluster.${cluster}.update_success`) ?? 0) + (now.get(`cluster.${cluster}.update_rejected`) ?? 0)
        );
      };
      const before = await updates();
      this.#side.putFiles(hostsFile(cluster, asList(hosts), this.#side.ports));
      const deadline = Date.now() + STATS_WAIT_MS;
      while ((await updates()) === before) {
        if (Date.now() > deadline) throw new ScriptError(`waited in vain for '${cluster}' to take its hosts`);
        await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
      }
    }
    // Event loops hear of it a moment later.
    await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
  }

  /** After the case: its clusters have no hosts again, what is left of their logs is not the next one's. */
  async tidy(): Promise<void> {
    for (const cluster of this.#peopled) this.#side.putFiles(hostsFile(cluster, [], this.#side.ports));
    const deadline = Date.now() + STATS_WAIT_MS;
    const left = async (): Promise<boolean> => {
      const now = await this.#stats();
      return [...this.#peopled].some((cluster) => now.get(`cluster.${cluster}.membership_total`) !== 0);
    };
    while (this.#peopled.size > 0 && this.#side.alive && Date.now() < deadline && (await left()))
      await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
    if (this.#peopled.size === 0) return;
    // Lines are on their way to the files.
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    this.#side.forgetLogs();
  }

  async #datagrams(step: Step): Promise<void> {
    const isClient = step.actor === 'udp client';
    const name = step.name || (isClient ? '' : 'u');
    const peer = isClient ? await this.#datagramClient(name, step) : this.#side.udp.get(name);
    if (peer === undefined) throw new Error(`no upstream '${name}' for datagrams`);
    const actor = nameOf(step.actor, name);
    if (step.verb === 'reads') for (const line of await peer.read(String(step.argument))) this.#note(actor, line);
    else if (step.verb === 'send') {
      const port = isClient ? this.#port(this.#case.listener) : undefined;
      for (const text of asList(step.argument)) peer.send(String(text), port);
    }
  }

  async #datagramClient(name: string, step: Step): Promise<DatagramPeer> {
    const open = this.#datagramClients.get(name);
    if (open !== undefined) return open;
    const peer = await DatagramPeer.bind(step.verb === 'from' ? String(step.argument) : undefined);
    this.#datagramClients.set(name, peer);
    return peer;
  }

  async #peer(step: Step): Promise<Peer> {
    if (step.actor === 'client') {
      const open = this.#clients.get(step.name);
      if (open !== undefined) return open;
      // `client from: 127.0.1.7` before anything else: the address it comes from.
      const from = step.verb === 'from' ? String(step.argument) : '127.0.0.1';
      const port = this.#port(this.#case.listener);
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
      const peer = new Peer(socket);
      this.#clients.set(step.name, peer);
      await once(socket, 'connect');
      return peer;
    }
    const name = step.name === '' ? 'u' : step.name;
    const current = this.#upstreams.get(name);
    if (current !== undefined && step.argument !== 'accept') return current;
    const server = this.#side.tcp.get(name);
    if (server === undefined) throw new Error(`no upstream '${name}'`);
    const peer = await server.accept();
    this.#upstreams.set(name, peer);
    return peer;
  }

  async #peerStep(step: Step, peer: Peer): Promise<void> {
    const actor = step.actor === 'client' ? nameOf('client', step.name) : nameOf('upstream', step.name || 'u');
    const { argument } = step;
    if (step.verb === 'from') return;
    if (step.verb === 'send') peer.send(this.#withBase64(message(argument)));
    else if (step.verb === 'raw') peer.send(this.#numbered(asList(argument).map(String).join('')));
    else if (step.verb === 'redis')
      peer.send(respCommands(asList(argument).map((c) => (Array.isArray(c) ? c.map(String) : String(c)))));
    else if (step.verb === 'frames')
      peer.send(
        asList(argument)
          .map((f) => frame(String(f)))
          .join(''),
      );
    else if (step.verb === 'reads frames') await this.#readFrames(peer, actor, String(argument));
    else if (step.verb === 'reads') this.#note(actor, await read(peer, String(argument)));
    else if (step.verb === 'does') this.#does(peer, String(argument));
    else throw new Error(`no verb '${step.verb}'`);
  }

  #does(peer: Peer, what: string): void {
    if (what === 'end') peer.socket.end();
    else if (what === 'reset') peer.socket.resetAndDestroy();
    else if (what === 'close') peer.socket.destroy();
    else if (what !== 'connect' && what !== 'accept') throw new Error(`cannot do '${what}'`);
  }

  async #readFrames(peer: Peer, actor: string, until: string): Promise<void> {
    const wanted = until.replace(/^until /, '');
    for (;;) {
      const bytes = await peer.take(
        `frame ${wanted}`,
        (b, ended) => readFrame(b)?.length ?? (ended ? b.length : undefined),
      );
      if (bytes === '') {
        this.#note(actor, `closed (${peer.ended})`);
        return;
      }
      const line = readFrame(bytes)?.line ?? `not a frame: ${bytes}`;
      if (!SILENT_FRAMES.test(line) || line.startsWith(wanted)) this.#note(actor, line);
      if (line.startsWith(wanted)) return;
    }
  }

  /** A client whose connection is TLS from the first byte; what the handshake came to is noted. */
  async #tls(step: Step): Promise<void> {
    const client = await TlsClient.connect(this.#port(this.#case.listener), asMap(step.argument ?? {}, 'tls'));
    this.#clients.set(step.name, client.peer);
    this.#note(nameOf('client', step.name), client.outcome);
  }

  async #h2(step: Step): Promise<void> {
    let client = this.#h2Clients.get(step.name);
    if (client === undefined) {
      client = new H2Client(this.#port(this.#case.listener));
      this.#h2Clients.set(step.name, client);
    }
    const actor = nameOf('client', step.name);
    for (const item of asList(step.argument)) {
      const answers = await Promise.all(asList(item).map((request) => client.request(request)));
      for (const answer of answers) this.#note(actor, answer);
    }
  }

  async #h2Session(step: Step): Promise<void> {
    const client = this.#h2Clients.get(step.name)!;
    if (step.verb === 'reads' && step.argument === 'close')
      this.#note(nameOf('client', step.name), await client.untilClose());
    else if (step.verb === 'does' && step.argument === 'close') client.close();
    else throw new Error(`an HTTP/2 client cannot: ${step.verb}`);
  }

  async #admin(yaml: Yaml): Promise<void> {
    const options = typeof yaml === 'string' ? { request: yaml } : asMap(yaml, 'admin');
    const [method, path] = String(options['request']).split(' ');
    const answer = await get(this.#port('admin'), path!, method!);
    if (answer === undefined) throw new ScriptError(`admin did not answer ${method} ${path}`);
    let { body } = answer;
    if (options['keys'] !== undefined)
      body = jsonKeys(JSON.parse(body) as Yaml, '')
        .sort()
        .join('\n');
    if (options['names'] === true)
      body = body
        .split('\n')
        .map((line) => line.replace(/(: |::)[^:]*$/, ''))
        .join('\n');
    if (options['lines'] !== undefined) {
      const wanted = new RegExp(String(options['lines']));
      body = body
        .split('\n')
        .filter((line) => wanted.test(line))
        .join('\n');
    }
    if (options['body'] === false) body = '';
    const headers = options['headers'] === false ? '' : `${answer.status}\n${showFields(answer.rawHeaders)}`;
    this.#note('admin', `${headers}\n${body}`);
  }

  /** Waits for so many new lines in a file that the proxy writes, or for one with a text: `{ <name>: <lines> }`, `{ <name>: until <text> }`. */
  async #log(yaml: Yaml): Promise<void> {
    for (const [name, count] of Object.entries(asMap(yaml, 'log'))) {
      const deadline = Date.now() + LOG_WAIT_MS;
      const text = /^until (.*)$/.exec(String(count))?.[1];
      const enough = (): boolean =>
        text === undefined ? lines.length >= Number(count) : lines.some((line) => line.includes(text));
      let lines: string[];
      do {
        await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
        lines = this.#side.newLines(name);
      } while (!enough() && Date.now() < deadline);
      this.#side.linesRead(name, lines.length);
      for (const line of lines) {
        // JSON a member a line.
        for (const part of line.split(/(?<=,)(?="[^"]*":)/)) this.#note(`log ${name}`, part);
      }
      if (!enough()) this.#note(`log ${name}`, `${UNREACHED} ${count} lines`);
    }
  }

  /** Waits for so many spans at an upstream that answers by itself, `{ <name>: <spans> }`; then shows them, and how the requests began that brought them. */
  async #spans(yaml: Yaml): Promise<void> {
    for (const [name, count] of Object.entries(asMap(yaml, 'spans'))) {
      const server = this.#side.tcp.get(name) ?? this.#side.h2.get(name);
      if (server === undefined) throw new Error(`no upstream '${name}'`);
      const deadline = Date.now() + SPANS_WAIT_MS;
      const reports = (): SpanReport[] => server.seen.filter(isWhole).map(readReport);
      const got = (): number => reports().flatMap((r) => r.spans).length;
      while (got() < Number(count) && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
      const all = reports();
      server.seen = [];
      for (const head of new Set(all.map((r) => r.head))) this.#note(`spans ${name}`, head);
      const spans = all.flatMap((r) => r.spans);
      const key = new Map(spans.map((span) => [span, withoutIds(span)]));
      spans.sort((a, b) => (key.get(a)! < key.get(b)! ? -1 : 1));
      for (const span of spans) for (const line of span.split('\n')) this.#note(`spans ${name}`, line);
      if (spans.length !== Number(count)) this.#note(`spans ${name}`, `${UNREACHED} ${count} spans`);
    }
  }

  /** Waits until the counters have grown as told, then records what they are: a mismatch shows as such. */
  async #awaitStats(yaml: Yaml): Promise<void> {
    const wanted = Object.entries(asMap(yaml, 'stats')).map(
      ([name, value]) => [this.#withPorts(name), String(value)] as const,
    );
    const deadline = Date.now() + STATS_WAIT_MS;
    for (;;) {
      const now = await this.#stats();
      const seen = wanted.map(([name, value]) => {
        const current = now.get(name);
        if (current === undefined || value.startsWith('=')) return current === undefined ? 'missing' : `=${current}`;
        return String(current - (this.#statsBefore.get(name) ?? 0));
      });
      const fits = wanted.map(
        ([, value], i) => value === seen[i] || value === 'any' || Number(seen[i]) > beyond(value),
      );
      const reached = fits.every((fit) => fit);
      if (reached || Date.now() > deadline) {
        for (const [i, [name, value]] of wanted.entries())
          this.#note('stats', `${name}: ${fits[i] && /^(any|>)/.test(value) ? value : seen[i]}`);
        if (!reached) this.#note('stats', `${UNREACHED} ${JSON.stringify(wanted)}`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, STATS_POLL_MS));
    }
  }

  async #stats(): Promise<Map<string, number>> {
    const answer = await get(this.#port('admin'), '/stats');
    const stats = new Map<string, number>();
    for (const line of answer?.body.split('\n') ?? []) {
      const match = /^(.*): (\d+)$/.exec(line);
      if (match !== null) stats.set(match[1]!, Number(match[2]));
    }
    return stats;
  }

  /** `<base64 TEXT>`, with ports by name in round brackets and bytes as %0a: `<base64 127.0.0.1:(u)>`. */
  #withBase64(text: string): string {
    return text.replace(/<base64 ([^>]*)>/g, (_, plain: string) => {
      const filled = plain
        .replace(/\((\w+)\)/g, (_, port: string) => String(this.#port(port)))
        .replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(filled, 'latin1').toString('base64');
    });
  }

  /** `<port u>`: the port of an upstream. */
  #numbered(text: string): string {
    return text.replace(/<port (\w+)>/g, (_, name: string) => String(this.#port(name)));
  }

  #withPorts(name: string): string {
    return name.replace(/<(\w+)>/g, (_, port: string) => String(this.#port(port)));
  }

  #port(name: string): number {
    const port = this.#side.ports.get(name);
    if (port === undefined) throw new Error(`no port '${name}' in config ${this.#case.config}`);
    return port;
  }

  #note(actor: string, what: string): void {
    const list = this.#transcript.get(actor);
    if (list === undefined) this.#transcript.set(actor, [what]);
    else list.push(what);
  }
}
const STATS_POLL_MS = 20;
/** In Envoy's transcript it means that the case is wrong. */
export const UNREACHED = 'counters never became';

async function read(peer: Peer, what: string): Promise<string> {
  if (what === 'head') return peer.take(what, untilHead);
  if (what === 'request') return peer.take(what, untilRequest);
  if (what === 'response') return peer.take(what, untilResponses(1));
  if (what === 'reply') return peer.take(what, untilReplies(1));
  if (what === 'nothing')
    return `${await peer.takeFor(QUIET_MS)}(nothing more${peer.ended === '' ? '' : `, ${peer.ended}`})`;
  if (what === 'close') return `${await peer.takeUntilEnd()}(${peer.ended})`;
  if (what.startsWith('until ')) {
    const text = what.slice('until '.length);
    return peer.take(what, (bytes) => (bytes.includes(text) ? bytes.indexOf(text) + text.length : undefined));
  }
  const [count, unit] = what.split(' ');
  if (unit === 'responses') return peer.take(what, untilResponses(Number(count)));
  if (unit === 'replies') return peer.take(what, untilReplies(Number(count)));
  if (unit === 'bytes') return peer.take(what, (bytes) => (bytes.length >= Number(count) ? Number(count) : undefined));
  throw new Error(`cannot read '${what}'`);
}

function jsonKeys(value: Yaml, prefix: string): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((v) => jsonKeys(v, `${prefix}[]`)))];
  if (value === null || typeof value !== 'object') return [`${prefix} ${typeof value}`];
  return Object.entries(value).flatMap(([k, v]) => jsonKeys(v, prefix === '' ? k : `${prefix}.${k}`));
}

/** `>3`: a growth by more than 3. */
function beyond(wanted: string): number {
  return wanted.startsWith('>') ? Number(wanted.slice(1)) : Number.POSITIVE_INFINITY;
}

function nameOf(actor: string, name: string): string {
  return name === '' ? actor : `${actor} ${name}`;
}
