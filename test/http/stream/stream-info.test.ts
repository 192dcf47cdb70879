import t from 'tap';
import {
  flagNames,
  longFlagNames,
  NO_HEALTHY_UPSTREAM_FLAG,
  RESPONSE_FLAGS,
  UNCONDITIONAL_DROP_OVERLOAD,
  UPSTREAM_CONNECTION_FAILURE,
  UPSTREAM_RETRY_LIMIT_EXCEEDED,
} from '../../../src/http/stream/response-flags.ts';
import { StreamInfo } from '../../../src/http/stream/stream-info.ts';

t.test('response flags: a second try that fails the same way says so once', (t) => {
  const info = new StreamInfo('HTTP/1.1', 0, null);
  t.equal(flagNames(info.flags), '');
  info.flags |= UPSTREAM_RETRY_LIMIT_EXCEEDED;
  info.flags |= UPSTREAM_CONNECTION_FAILURE;
  info.flags |= UPSTREAM_CONNECTION_FAILURE;
  t.equal(flagNames(info.flags), 'URX,UF', "Envoy's order");
  t.equal(longFlagNames(info.flags), 'UpstreamRetryLimitExceeded,UpstreamConnectionFailure');
  t.end();
});

t.test('response flags: thirty, the last of them still a small positive number', (t) => {
  t.equal(RESPONSE_FLAGS.length, 30);
  t.equal(new Set(RESPONSE_FLAGS.map(([short]) => short)).size, 30);
  t.equal(flagNames(NO_HEALTHY_UPSTREAM_FLAG), 'UH');
  t.equal(flagNames(UNCONDITIONAL_DROP_OVERLOAD), 'UDO');
  t.ok(UNCONDITIONAL_DROP_OVERLOAD > 0);
  t.end();
});

t.test('dynamic metadata is merged by namespace, filter state is shared by name', (t) => {
  const info = new StreamInfo('HTTP/2', 0, null);
  t.equal(info.allMetadata, null);
  t.equal(info.dynamicMetadata('a'), undefined);
  info.addMetadata('a', { x: 1, y: 2 });
  info.addMetadata('a', { y: 3 });
  info.addMetadata('b', { z: 4 });
  t.same(info.dynamicMetadata('a'), { x: 1, y: 3 });
  t.same([...(info.allMetadata ?? new Map()).keys()], ['a', 'b']);
  t.equal(info.filterState('f'), undefined);
  info.setFilterState('f', t);
  t.equal(info.filterState('f'), t);
  t.end();
});
