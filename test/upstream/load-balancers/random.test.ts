import t from 'tap';
import { listed, ports, weighted } from '../hosts.ts';
import { conforms } from './conformance.ts';

conforms({ lbPolicy: 'RANDOM' });

t.test('the random number decides; weights do not', async (t) => {
  t.same(ports(weighted({ lbPolicy: 'RANDOM' }, [1, 9], listed([4, 7, 2])), 3), [1, 2, 1]);
});
