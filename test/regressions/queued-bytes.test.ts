/**
 * What peers that do not read, or read slowly, can make the proxy hold, seen from outside: resident memory of a process of its own.
 */
import * as net from 'node:net';
import t from 'tap';
import { frame, H2Peer, requestFields } from '../http/h2.ts';
import { Peer, until } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';
import { cluster, httpManager, MeasuredProxy } from '../support/measured-proxy.ts';

const MB = 1 << 20;
const skip = process.platform === 'linux' ? false : 'resident memory is read from /proc';

const connect = (port: number): Peer => {
  const p = new Peer(net.connect({ port, host: '127.0.0.1' }));
  p.keep = false;
  return p;
};

for (const version of ['v2', 'v3'] as const) {
  t.test(
    `a client uploads over HTTP/2 to a host that does not read, ${version} config: at most 32 MiB`,
    { skip },
    async (t) => {
      const stuck = net.createServer((s) => void s.pause());
      const port = await listening(t, stuck);
      const p = await MeasuredProxy.start(t, { filters: [httpManager(version)], clusters: [cluster(port)] });
      const before = await p.settled();
      const c = connect(p.port);
      const h = new H2Peer(c);
      h.start().headers(1, requestFields('/', 'POST'), false);
      // As much as the windows allow, but never more than 300 MiB.
      const windows = [65535, 65535];
      const data = frame('DATA', 0, 1, Buffer.alloc(16384));
      let sent = 0;
      const pump = setInterval(() => {
        for (const w of h.frames.splice(0)) {
          if (w.type === 'WINDOW_UPDATE') windows[w.stream] += w.payload.readUInt32BE(0);
          for (let at = 0; w.type === 'SETTINGS' && at < w.payload.length; at += 6) {
            if (w.payload.readUInt16BE(at) === 4) windows[1] += w.payload.readUInt32BE(at + 2) - 65535;
          }
        }
        for (; Math.min(...windows) >= 16384 && sent < 300 * MB && c.socket.writableLength < MB; sent += 16384) {
          windows[0] -= 16384;
          windows[1] -= 16384;
          c.send(data);
        }
      }, 1);
      t.teardown(() => clearInterval(pump));
      await until(() => sent > 8 * MB);
      const grown = (await p.settled()) - before;
      t.ok(grown <= 32, `${grown.toFixed(1)} MiB for ${sent / MB} MiB sent`);
      c.close();
    },
  );
}
