// Becomes dist/core.js. The chunks of a serving process are one script, core.code.js; the build leaves its bytecode beside it, with all
// functions that ran in a start and a first request (Node's own compile cache keeps only what is compiled before a file runs). V8
// checks that bytecode is of its own version and settings and of a source this long; the name says the rest.
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

/** Filled in by the build: a digest of core.code.js. */
const BUILD = 'BUILD_DIGEST';

const filename = `${__dirname}/core.code.js`;
// All of it is ASCII.
const source = readFileSync(filename, 'latin1');
let cachedData;
let own;
try {
  cachedData = readFileSync(`${__dirname}/core.${process.version}-${process.arch}.cache`);
} catch {
  own = require('./core-cache.js')(BUILD);
  cachedData = own.read();
}
const script = new Script(source, { filename, cachedData });
script.runInThisContext()(module, require);
module.exports.script = script;
if (own !== undefined && script.cachedDataRejected !== false) {
  // For src/process/bytecode.ts, which knows when the start is over.
  globalThis[Symbol.for('envoylet.keepBytecode')] = () => own.write(() => script.createCachedData());
}
