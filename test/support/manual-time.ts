/**
 * Time that stands still until a test lets it pass: no timeout is over because the machine was busy, and none is waited for. Imported before
 * anything of src/, whose clock (src/platform/clock.ts) reads process.hrtime.
 */
let now = 1_000_000;

const hrtime = (): [seconds: number, nanoseconds: number] => [Math.floor(now / 1000), (now % 1000) * 1e6];
process.hrtime = Object.assign(hrtime, { bigint: process.hrtime.bigint.bind(process.hrtime) });

/** Longer than any timer is late. */
const SLACK_MS = 40;

/** `ms` pass; all timers that are over by then have been told. Takes no longer than the shortest of them really does. */
export async function elapse(ms: number): Promise<void> {
  const { Timer } = await import('../../src/transport/timers.ts');
  const { clockMs } = await import('../../src/platform/clock.ts');
  if (clockMs() !== now) throw new Error('the clock of src/ was there before this one: import manual-time.ts first');
  await new Promise<void>((resolve) => {
    new Timer(resolve).arm(ms);
    setImmediate(() => {
      now += ms + SLACK_MS;
    });
  });
  // What they wrote and closed has been seen by this end.
  await new Promise((resolve) => setImmediate(resolve));
}
