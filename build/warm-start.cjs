// Runs dist/envoylet.js and writes the bytecode of its shared scripts when it exits. V8 drops the bytecode of functions that have not run for a
// while, those of the start first; it must be told not to, but not before core.js is compiled and not when the bytecode is written:
// it takes bytecode only from a V8 with the same settings.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

const dist = join(__dirname, '../dist');
process.argv[1] = join(dist, 'envoylet.js');
require(process.argv[1]);
require('../dist/core.js');
setFlagsFromString('--no-flush-bytecode');
process.on('exit', () => {
  setFlagsFromString('--flush-bytecode');
  for (const name of ['core', 'admin']) {
    const { script } = require(`../dist/${name}.js`);
    writeFileSync(join(dist, `${name}.${process.version}-${process.arch}.cache`), script.createCachedData());
  }
});
