/** Event loops tell each other what top.ts has gathered: one asks on a channel, the others answer. */
import { BroadcastChannel } from 'node:worker_threads';
import { type ClusterTop, joined, snapshot } from './top.ts';

const NAME = 'envoylet.redis.top';
/** ms that a loop which is busy is waited for. */
const TIMEOUT_MS = 1000;

type Message = { readonly ask: number } | { readonly to: number; readonly tops: readonly ClusterTop[] };

let channel: BroadcastChannel | null = null;
/** Questions that are not answered by all yet. */
const asking = new Map<number, (tops: readonly ClusterTop[]) => void>();

/** This loop answers from now on. */
export function answerOthers(): void {
  if (channel !== null) return;
  channel = new BroadcastChannel(NAME);
  channel.unref();
  channel.onmessage = ({ data }): void => {
    const message = data as Message;
    if ('ask' in message) channel?.postMessage({ to: message.ask, tops: snapshot() } satisfies Message);
    else asking.get(message.to)?.(message.tops);
  };
}

/** Of all loops, by cluster; `others`: how many there are beside this one. */
export async function gather(others: number): Promise<ClusterTop[]> {
  const all = [...snapshot()];
  if (others > 0) {
    answerOthers();
    // A number that no other question has, of whatever loop.
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    await new Promise<void>((resolve) => {
      let left = others;
      const timer = setTimeout(resolve, TIMEOUT_MS);
      asking.set(id, (tops) => {
        all.push(...tops);
        if (--left > 0) return;
        clearTimeout(timer);
        resolve();
      });
      channel?.postMessage({ ask: id } satisfies Message);
    });
    asking.delete(id);
  }
  const names = [...new Set(all.map((t) => t.cluster))].sort();
  return names.map((name) =>
    joined(
      name,
      all.filter((t) => t.cluster === name),
    ),
  );
}
