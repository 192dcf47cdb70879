/** Numbers of Structs in logs and headers, as std::to_chars of C++ writes them; the table is what Envoy 1.40 printed. */
import t from 'tap';
import { structText } from '../../src/format/json-text.ts';
import { Random } from '../codec/http1/random.ts';

t.test('numbers as Envoy prints them', (t) => {
  const printed =
    '[9223372036854775808,1180591620717411303424,123456789012345683968,1e+22,1e+23,9007199254740992,0.001,0.0012,0.00012,-0,1.23e+08,12300000,1.2345e+12,2.147483648e+21,1.2345678901234566e+25,100,20000,0.01,4.722366482869645e+21,1e+05,-1e+05,1e-04,1e-05,1e-07,5e-324,1.7976931348623157e+308,0.30000000000000004,1234567.891]';
  t.equal(structText(JSON.parse(printed)), printed);
  t.equal(structText({ a: [true, null, 'ü"'], b: { c: 1e5 } }), '{"a":[true,null,"\xc3\xbc\\""],"b":{"c":1e+05}}');
  t.end();
});

t.test('every number is what was written', (t) => {
  const seconds = Number(process.env.ENVOYLET_FUZZ_SECONDS ?? 0);
  const until = performance.now() + seconds * 1000;
  const r = new Random(Number(process.env.ENVOYLET_FUZZ_SEED ?? 1));
  const bits = new DataView(new ArrayBuffer(8));
  let n = 0;
  do {
    for (let k = 0; k < 5000; k++) {
      bits.setUint32(0, r.below(2 ** 32 - 1));
      bits.setUint32(4, r.below(2 ** 32 - 1));
      const values = [bits.getFloat64(0), r.below(1e9) / 10 ** r.below(9), r.below(1e9) * 10 ** r.below(20)];
      for (const value of values) {
        if (!Number.isFinite(value)) continue;
        n++;
        if (!Object.is(Number(structText(value)), value)) t.fail(`${value}: ${structText(value)}`);
      }
    }
  } while (performance.now() < until);
  t.pass(`${n} numbers`);
  t.end();
});
