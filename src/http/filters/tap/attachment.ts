/**
 * The one stream of POST /tap and the taps of all event loops: the loop that has the stream tells the others what to tap, they send it what they
 * have tapped. Envoy, too, has one stream at a time (source/extensions/common/tap/admin.cc).
 */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { logger } from '../../../log/logger.ts';
import { type AdminTap, addAdminTap, adminTaps, type TapConfig } from './configs.ts';

const log = logger('tap');
const NAME = 'envoylet.tap';
/** Bytes that a loop may have sent the one with the stream and that have not arrived there; traces beyond are dropped. */
const MAX_UNTOLD_BYTES = 4 * 1024 * 1024;

type Message =
  | { readonly kind: 'attach'; readonly stream: number; readonly id: string; readonly config: TapConfig }
  | { readonly kind: 'detach'; readonly stream: number }
  /** Of a loop that has just begun. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'trace'; readonly stream: number; readonly loop: number; readonly bytes: Uint8Array }
  | { readonly kind: 'took'; readonly stream: number; readonly loop: number; readonly length: number };

interface Attached {
  readonly stream: number;
  readonly id: string;
  readonly config: TapConfig;
  /** False: there was no room for it. Null: the stream is another loop's. */
  readonly receive: ((trace: Buffer) => boolean) | null;
  /** Bytes on their way to the other loop. */
  untold: number;
}

let channel: BroadcastChannel | null = null;
let attached: Attached | null = null;

const tell = (message: Message): void => channel?.postMessage(message);

/** A tap of this loop, which does what the stream says that is there, and those that will be. */
export async function joinTaps(id: string, tap: AdminTap): Promise<void> {
  addAdminTap(id, tap);
  if (attached?.id === id) await attachTap(tap, attached);
  if (channel !== null) return;
  channel = new BroadcastChannel(NAME);
  channel.unref();
  channel.onmessage = ({ data }): void => told(data as Message);
  tell({ kind: 'hello' });
}

export const isAttached = (): boolean => attached !== null;

/**
 * Every tap called `id` taps so until what this resolves to is called. Rejects, with nothing changed, where one of them cannot. There is no
 * other stream.
 */
export async function attachStream(
  id: string,
  config: TapConfig,
  receive: (trace: Buffer) => boolean,
): Promise<() => void> {
  const stream = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
  const mine: Attached = { stream, id, config, receive, untold: 0 };
  await attach(mine);
  tell(toldOf(mine));
  return () => {
    tell({ kind: 'detach', stream: mine.stream });
    detach(mine);
  };
}

const toldOf = ({ stream, id, config }: Attached): Message => ({ kind: 'attach', stream, id, config });

async function attach(to: Attached): Promise<void> {
  attached = to;
  try {
    for (const tap of adminTaps(to.id)) await attachTap(tap, to);
  } catch (e) {
    detach(to);
    throw e;
  }
}

async function attachTap(tap: AdminTap, to: Attached): Promise<void> {
  await tap.attach(to.config, (trace) => {
    if (attached === to && !send(to, trace)) tap.dropped();
  });
  // It went while the tap was made ready.
  if (attached !== to) tap.detach();
}

function send(to: Attached, trace: Buffer): boolean {
  const { stream, receive } = to;
  if (receive !== null) return receive(trace);
  if (to.untold + trace.length > MAX_UNTOLD_BYTES) return false;
  to.untold += trace.length;
  // A copy: what it is a slice of would be sent whole.
  tell({ kind: 'trace', stream, loop: threadId, bytes: new Uint8Array(trace) });
  return true;
}

function detach(from: Attached): void {
  if (attached !== from) return;
  attached = null;
  for (const tap of adminTaps(from.id)) tap.detach();
}

function told(message: Message): void {
  switch (message.kind) {
    case 'attach':
      if (attached !== null) return;
      attach({ ...message, receive: null, untold: 0 }).catch((e: Error) =>
        log.error(`tap ${message.id}: ${e.message}`),
      );
      break;
    case 'detach':
      if (attached?.stream === message.stream) detach(attached);
      break;
    case 'hello':
      if (attached !== null && attached.receive !== null) tell(toldOf(attached));
      break;
    case 'trace':
      tookFromOther(message);
      break;
    case 'took':
      if (message.loop === threadId && attached?.stream === message.stream) attached.untold -= message.length;
  }
}

function tookFromOther({ stream, loop, bytes }: Extract<Message, { kind: 'trace' }>): void {
  if (attached?.stream !== stream || attached.receive === null) return;
  tell({ kind: 'took', stream, loop, length: bytes.length });
  const trace = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  if (!attached.receive(trace)) adminTaps(attached.id)[0]?.dropped();
}
