// Becomes dist/admin.js. The chunks of the admin's large pages are one script, admin.code.js; the build leaves their bytecode beside it, with
// all functions that ran in the first requests. Another Node compiles them as usual (core-loader.cjs does more for what every start runs).
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const name = __filename.slice(0, -'.js'.length);
const filename = `${name}.code.js`;
// All of it is ASCII.
const source = readFileSync(filename, 'latin1');
let cachedData;
try {
  cachedData = readFileSync(`${name}.${process.version}-${process.arch}.cache`);
} catch {
  // Built with another Node, or without: everything is compiled as usual.
}
const script = new Script(source, { filename, cachedData });
script.runInThisContext()(module, require);
module.exports.script = script;
