import t from 'tap';
import { clockMs, turnMs } from '../../src/platform/clock.ts';
import { atTurnEnd, turnIsEnding } from '../../src/platform/turn.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
function busy(ms: number): void {
  const until = clockMs() + ms;
  while (clockMs() < until);
}

t.test('the clock runs on within a turn, turnMs() does not', async (t) => {
  await turn();
  const first = turnMs();
  const before = clockMs();
  busy(2);
  t.ok(clockMs() >= before + 2);
  t.equal(turnMs(), first);
  await turn();
  await turn();
  t.ok(turnMs() >= first + 2, 'a later turn has its own time');
});

t.test('time asked for while a turn ends is fresh, and keeps no further turn', async (t) => {
  const seen: number[] = [];
  const started = clockMs();
  turnMs();
  await new Promise<void>((resolve) => {
    atTurnEnd({
      turnEnded() {
        t.ok(turnIsEnding());
        busy(1);
        seen.push(turnMs());
        busy(1);
        seen.push(turnMs());
        resolve();
      },
    });
  });
  t.notOk(turnIsEnding());
  t.ok(seen[0] >= started + 1);
  t.ok(seen[1] >= seen[0] + 1);
});

t.test('tasks run in their order, one that comes while they run is for the next turn', async (t) => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    const again = {
      turnEnded() {
        order.push('again');
        resolve();
      },
    };
    atTurnEnd({ turnEnded: () => void order.push('a') });
    atTurnEnd({
      turnEnded() {
        order.push('b');
        atTurnEnd(again);
      },
    });
    atTurnEnd({ turnEnded: () => void order.push('c') });
  });
  t.same(order, ['a', 'b', 'c', 'again']);
});
