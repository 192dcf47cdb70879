// Becomes dist/core-cache.js, which core.js loads where the build left no bytecode for the Node that runs: from npm, or with another
// Node. The first start then leaves its own in the user's cache folder, and later ones take it from there.
//
// Bytecode is code: it is taken only from a file and a folder that are ours and that nobody else may write. Whatever goes wrong, the
// proxy starts without.
'use strict';
const {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { dirname, join } = require('node:path');

/** `ENVOYLET_CACHE_DIR`, `off` for none; else where desktop programs keep such things. */
function folder() {
  const { ENVOYLET_CACHE_DIR: told, XDG_CACHE_HOME: caches, HOME: home } = process.env;
  if (told === 'off') return '';
  if (told) return told;
  if (caches) return join(caches, 'envoylet');
  return home ? join(home, '.cache/envoylet') : '';
}

const OTHERS_MAY_WRITE = 0o022;
const isOurs = (stat) => stat.uid === process.geteuid?.() && (stat.mode & OTHERS_MAY_WRITE) === 0;

/** `build`: what tells one core.code.js from another; V8 itself looks at its length only. */
module.exports = function cache(build) {
  const dir = folder();
  const name = `core.${build}.${process.version}-${process.arch}.cache`;
  return {
    /** undefined when there is none to trust. */
    read() {
      let fd;
      try {
        if (dir === '' || !isOurs(statSync(dir))) return undefined;
        fd = openSync(join(dir, name), 'r');
        return isOurs(fstatSync(fd)) ? readFileSync(fd) : undefined;
      } catch {
        return undefined;
      } finally {
        if (fd !== undefined) closeSync(fd);
      }
    },

    /** Instead of those of other versions. */
    write(make) {
      try {
        if (dir === '') return;
        for (const path of [dirname(dir), dir]) if (!existsSync(path)) mkdirSync(path, 0o700);
        if (!isOurs(statSync(dir))) return;
        const unfinished = `${name}.${process.pid}`;
        writeFileSync(join(dir, unfinished), make(), { mode: 0o600 });
        for (const old of readdirSync(dir)) {
          if (/^core\..*\.cache(?:\.\d+)?$/.test(old) && old !== unfinished) rmSync(join(dir, old), { force: true });
        }
        renameSync(join(dir, unfinished), join(dir, name));
      } catch {
        // A read-only or a full disk, no home.
      }
    },
  };
};
