// Moments in lines of events and in admin answers are written as protobuf's JSON writes them.
import t from 'tap';
import { timestamp } from '../../src/platform/timestamp.ts';

t.test('three digits of a second, or none where they are nothing', async (t) => {
  t.equal(timestamp(1_000), '1970-01-01T00:00:01Z');
  t.equal(timestamp(1_234), '1970-01-01T00:00:01.234Z');
  t.equal(timestamp(1_230), '1970-01-01T00:00:01.230Z');
});
