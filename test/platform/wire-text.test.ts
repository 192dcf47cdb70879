import t from 'tap';
import {
  asciiLower,
  fromWire,
  isWritableName,
  isWritableTarget,
  isWritableValue,
  toWire,
} from '../../src/platform/wire-text.ts';

/** Letters of one to four bytes, and two whose low byte is CR and LF. */
const TEXTS = ['José', 'č', 'Ċ', '日本', '😀', 'plain', ''];

t.test('text goes to its UTF-8 bytes, one char each, and back', (t) => {
  for (const text of TEXTS) {
    const wire = toWire(text);
    t.same(Buffer.from(wire, 'latin1'), Buffer.from(text, 'utf8'), JSON.stringify(text));
    t.equal(fromWire(wire), text);
  }
  t.end();
});

t.test('bytes that are no UTF-8 have no text', (t) => {
  for (const wire of ['\xe9', 'Jos\xe9', '\xc4', '\xc3\x28', '\xed\xa0\x80', '\xf8\x88\x80\x80\x80'])
    t.equal(fromWire(wire), null, JSON.stringify(wire));
  t.end();
});

t.test('only ASCII letters have a lower case', (t) => {
  t.equal(asciiLower('ABC-xyz'), 'abc-xyz');
  t.equal(asciiLower(toWire('ČÁP')), toWire('ČÁp'));
  t.equal(asciiLower('\xc0\xdeA'), '\xc0\xdea');
  t.equal(asciiLower(toWire('\u212a')), toWire('\u212a'), 'the Kelvin sign is no k');
  t.equal(asciiLower(''), '');
  t.end();
});

t.test('what would end a line, or is no byte, cannot be written', (t) => {
  for (const bad of ['\r', '\n', '\0', 'č', 'Ċ', '日', '😀']) {
    const what = JSON.stringify(bad);
    t.equal(isWritableValue(`a${bad}b`), false, what);
    t.equal(isWritableName(`a${bad}b`), false, what);
    t.equal(isWritableTarget(`a${bad}b`), false, what);
    t.equal(isWritableTarget(`é${bad}`), false, what);
    const long = 'x'.repeat(50);
    t.equal(isWritableValue(long + bad), false, `long ${what}`);
    t.equal(isWritableTarget(long + bad), false, `long ${what}`);
  }
  for (const text of TEXTS) t.equal(isWritableValue(toWire(text)), true);
  t.equal(isWritableValue(' \t\x01\x7f\xff'), true);
  for (const bad of ['', 'a b', 'a:b', ':path', 'a\x7f', '(a)', 'a\xe9', 'a\n'])
    t.equal(isWritableName(bad), false, JSON.stringify(bad));
  for (const bad of ['/a b', '\x7f', `/${'x'.repeat(50)} `]) t.equal(isWritableTarget(bad), false);
  t.equal(isWritableTarget('/\xc4\x8d?x#y'), true);
  t.end();
});
