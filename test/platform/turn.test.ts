import t from 'tap';
import { atTurnEnd, beginRead, endRead, JOINS, LOOKS, turnIsEnding, WAITS } from '../../src/platform/turn.ts';

let ran = '';
const task = (name: string) => ({
  turnEnded: () => {
    ran += turnIsEnding() ? name : `${name}?`;
  },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A read that leaves two tasks; what has run when it is over. */
function read(): string {
  ran = '';
  beginRead();
  atTurnEnd(task('a'));
  atTurnEnd(task('j'), JOINS);
  t.equal(ran, '', 'nothing runs within the read');
  endRead();
  return ran;
}

/** Turns, all looked at, that bring so many further reads in `LOOKS`; twice as many, for the choice is made after every `LOOKS`. */
async function looked(further: number): Promise<void> {
  for (let i = 0; i < 2 * LOOKS; i++) {
    atTurnEnd(task(''));
    for (let k = i % LOOKS; k < further; k += LOOKS) {
      beginRead();
      endRead();
    }
    await turn();
  }
}

t.afterEach(turn);

t.test('outside of a read a task waits for the end of the turn', async (t) => {
  ran = '';
  atTurnEnd(task('a'));
  atTurnEnd(task('b'));
  t.equal(ran, '');
  await turn();
  t.equal(ran, 'ab');
  t.notOk(turnIsEnding());
});

t.test('a task of a task runs in the next turn', async (t) => {
  ran = '';
  atTurnEnd({ turnEnded: () => atTurnEnd(task('late')) });
  await turn();
  t.equal(ran, '');
  await turn();
  t.equal(ran, 'late');
});

t.test('a task that throws keeps no other from its end', async (t) => {
  ran = '';
  beginRead();
  atTurnEnd(task('a'));
  atTurnEnd({
    turnEnded: () => {
      throw new Error('broken');
    },
  });
  atTurnEnd(task('b'));
  atTurnEnd(task('c'));
  t.throws(endRead, 'broken');
  t.equal(ran, 'a');
  t.notOk(turnIsEnding());
  await turn();
  t.equal(ran, 'abc');
});

t.test('few reads a turn: tasks run after the read, but for those that join what several bring', async (t) => {
  await looked(LOOKS / 2);
  ran = '';
  beginRead();
  atTurnEnd(task('a'));
  endRead();
  t.equal(ran, 'a');
  t.equal(read(), '', 'one that joins keeps all waiting, in their order');
  await turn();
  t.equal(ran, 'aj');
});

t.test('many reads a turn: tasks wait', async (t) => {
  await looked(2 * LOOKS);
  t.equal(read(), '');
  await turn();
  t.equal(ran, 'aj');
});

t.test('one read a turn: all tasks run after it, and a turn is still looked at now and then', async (t) => {
  await looked(0);
  t.equal(read(), 'aj');
  ran = '';
  beginRead();
  atTurnEnd(task('w'), WAITS);
  endRead();
  t.equal(ran, '', 'but for one that waits for turns');
  await turn();
  t.equal(ran, 'w');
  let waited = 0;
  for (let i = 0; i < 64; i++) {
    if (read() === '') waited++;
    await turn();
  }
  t.equal(waited, 4);
  await looked(2 * LOOKS);
  t.equal(read(), '', 'many again');
});
