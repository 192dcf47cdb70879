// What `npm start` runs. Node reads our TypeScript as it is from 22.18 on; an older one is told what is missing before it meets a file
// that it cannot read.
'use strict';
var path = require('node:path');
var needed = /\d+\.\d+/.exec(require('../package.json').engines.node)[0];
var parts = needed.split('.').map(Number);
var own = process.versions.node.split('.').map(Number);

if (own[0] < parts[0] || (own[0] === parts[0] && own[1] < parts[1])) {
  process.stderr.write('envoylet needs Node ' + needed + ' or newer, this is ' + process.version + '\n');
  process.exit(1);
}
process.argv[1] = path.join(__dirname, '../src/main.ts');
import(require('node:url').pathToFileURL(process.argv[1]).href);
