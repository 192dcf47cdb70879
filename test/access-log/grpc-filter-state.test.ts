/** What filters share, as messages carry it. */
import t from 'tap';
import { writeFilterState } from '../../src/access-log/grpc-filter-state.ts';
import { WireWriter } from '../../src/grpc/wire-writer.ts';

t.test('what filters share is an Any of what it is', (t) => {
  const written = (value: unknown): string => {
    const w = new WireWriter();
    writeFilterState(w, 21, 'k', value);
    return w.finish().toString('latin1');
  };
  t.equal(written(undefined), '');
  t.match(written('text'), /google\.protobuf\.StringValue\x12\x06\n\x04text$/);
  t.match(written(7), /google\.protobuf\.UInt64Value\x12\x02\x08\x07$/);
  t.match(written(true), /google\.protobuf\.BoolValue\x12\x02\x08\x01$/);
  t.match(written({ a: 'b' }), /google\.protobuf\.Struct\x12\n\n\x08\n\x01a\x12\x03\x1a\x01b$/);
  t.end();
});
