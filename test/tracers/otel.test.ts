/** OpenTelemetry's parts by themselves: samplers, resources, typed attributes. */
import t from 'tap';
import { WireReader } from '../../src/grpc/wire-reader.ts';
import { captureLog } from '../../src/log/logger.ts';
import { exportRequest } from '../../src/tracers/otel-proto.ts';
import { fromEnvironment, resourceAttributes } from '../../src/tracers/otel-resource.ts';
import { compileSampler } from '../../src/tracers/otel-samplers.ts';
import { CLIENT, OtelSpan, SERVER } from '../../src/tracers/otel-span.ts';
import { readTraceparent } from '../../src/tracers/w3c.ts';

const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3';
const sampler = (name: string, value: object) => ({
  name: 's',
  typedConfig: { typeUrl: `${SAMPLERS}.${name}`, value },
});
const RATIO = (numerator: number) => sampler('TraceIdRatioBasedSamplerConfig', { samplingPercentage: { numerator } });
const PARENT = (flags: string) => readTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}`);

t.test('samplers: by the id, by the parent, always', async (t) => {
  t.ok(compileSampler(sampler('AlwaysOnSamplerConfig', {}))('0'.repeat(32), PARENT('00')));
  const half = compileSampler(RATIO(50));
  // 1 and 49 in the machine's order, and 50.
  t.ok(half(`0100000000000000${'0'.repeat(16)}`, null));
  t.ok(half(`3100000000000000${'f'.repeat(16)}`, null));
  t.notOk(half(`3200000000000000${'0'.repeat(16)}`, null));
  t.notOk(compileSampler(RATIO(0))('1'.repeat(32), null));
  t.ok(compileSampler(RATIO(100))('9'.repeat(32), null));
  const parent = compileSampler(sampler('ParentBasedSamplerConfig', { wrappedSampler: RATIO(0) }));
  t.notOk(parent('1'.repeat(32), null));
  t.ok(parent('1'.repeat(32), PARENT('01')));
  t.notOk(parent('1'.repeat(32), PARENT('00')));
  t.throws(
    () => compileSampler({ name: 'x', typedConfig: { typeUrl: 'y', value: {} } }),
    /Sampler factory not found: 'x'/,
  );
  t.throws(() => compileSampler(sampler('ParentBasedSamplerConfig', {})), /registered implementation for ''/);
});

t.test('a resource: what is said of it, and what detectors find', async (t) => {
  const plain = resourceAttributes({});
  t.equal(plain.get('service.name'), 'unknown_service:envoy');
  t.equal(plain.get('telemetry.sdk.name'), 'envoy');
  const nothing = { setServiceNameResourceAttribute: false, setTelemetrySdkResourceAttributes: false };
  t.equal(resourceAttributes({ serviceName: 'a', ...nothing }).size, 0);
  const typeUrl = 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig';
  const attributes = new Map([
    ['service.name', 'b'],
    ['k', 'v'],
  ]);
  const found = resourceAttributes({
    serviceName: 'a',
    resourceDetectors: [{ name: 'd', typedConfig: { typeUrl, value: { attributes } } }],
  });
  t.equal(found.get('service.name'), 'b');
  t.equal(found.get('k'), 'v');
  const lines: string[] = [];
  t.teardown(captureLog((line) => lines.push(line)));
  t.strictSame(fromEnvironment('a=b,c=d'), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  t.strictSame(fromEnvironment(''), []);
  t.strictSame(fromEnvironment('a=b,c'), []);
  t.equal(lines.filter((line) => line.includes('OTEL_RESOURCE_ATTRIBUTES')).length, 2);
});

/** The field of AnyValue that an attribute's value is in, and its bytes. */
function typedAs(value: string, type: 'INT' | 'DOUBLE' | 'BOOL' | 'STRING'): number {
  const span = new OtelSpan(
    { report() {} },
    { traceId: 'a'.repeat(32), parentId: '', remote: false, sampled: true, state: '' },
    SERVER,
    'n',
    1,
  );
  span.setTag('k', value, type);
  span.finish();
  const path = [1, 2, 2, 9, 2];
  let bytes = exportRequest([span], Buffer.alloc(0), false);
  for (const field of path) {
    const reader = new WireReader(bytes);
    while (reader.next() && reader.field !== field) reader.skip();
    bytes = Buffer.from(reader.bytesValue());
  }
  const reader = new WireReader(bytes);
  reader.next();
  return reader.field;
}

t.test('attributes have the type that is asked for, where their text is one', async (t) => {
  const [TEXT, BOOL, INT, DOUBLE] = [1, 2, 3, 4];
  t.equal(typedAs('12', 'STRING'), TEXT);
  t.equal(typedAs('12', 'INT'), INT);
  t.equal(typedAs('-9223372036854775808', 'INT'), INT);
  t.equal(typedAs('9223372036854775808', 'INT'), TEXT);
  t.equal(typedAs('12x', 'INT'), TEXT);
  t.equal(typedAs('1e3', 'DOUBLE'), DOUBLE);
  t.equal(typedAs('one', 'DOUBLE'), TEXT);
  t.equal(typedAs('YES', 'BOOL'), BOOL);
  t.equal(typedAs('n', 'BOOL'), BOOL);
  t.equal(typedAs('2', 'BOOL'), TEXT);
});

t.test('a status is an error for whom it is one', async (t) => {
  const status = (kind: number, code: string): boolean => {
    const span = new OtelSpan(
      { report() {} },
      { traceId: '', parentId: '', remote: false, sampled: false, state: '' },
      kind,
      'n',
      1,
    );
    span.setTag('http.status_code', code);
    return span.status === 2;
  };
  t.notOk(status(SERVER, '404'));
  t.ok(status(CLIENT, '404'));
  t.ok(status(SERVER, '500'));
  t.notOk(status(CLIENT, '0'));
});
