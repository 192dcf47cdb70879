import { connect } from 'node:net';
import t from 'tap';
import { Listener } from '../../src/listener/listener.ts';
import { captureLog } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';

t.test('a failed accept is logged, at most once a second, and the listener goes on', async (t) => {
  const listener = new Listener(
    { name: 'l', address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    new Store(),
    0,
  );
  let accepted = 0;
  listener.setFilter({
    onConnection(c) {
      accepted++;
      c.close('noFlush');
    },
  });
  await listener.listen(false);
  t.teardown(() => listener.destroy());
  const lines: string[] = [];
  const stop = captureLog((line) => lines.push(line));
  for (let i = 0; i < 100; i++) listener.acceptFailed('EMFILE');
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  t.equal(lines.join('').match(/listener l: accept failed: EMFILE/g)?.length, 1);
  await new Promise((resolve) => connect(listener.boundAddress.port, '127.0.0.1').on('close', resolve).resume());
  t.equal(accepted, 1);
});
