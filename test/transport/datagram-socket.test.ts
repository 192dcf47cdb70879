/** UDP sockets: on libuv's handle and on node:dgram they do the same. */
import t from 'tap';
import { Address } from '../../src/transport/address.ts';
import { HandleDatagramSocket, type UdpBinding, udpBinding } from '../../src/transport/datagram-handle.ts';
import type { DatagramOptions, DatagramSocket } from '../../src/transport/datagram-socket.ts';
import { NodeDatagramSocket } from '../../src/transport/node-datagram-socket.ts';
import { UdpPeer } from '../udp/datagrams.ts';

const PLAIN: DatagramOptions = { receiveBuffer: 0, sendBuffer: 0, ttl: 0, broadcast: false };
const LOOPBACK = new Address('127.0.0.1', 0);
const bind = (address = LOOPBACK, options = PLAIN): Parameters<DatagramSocket['bind']>[0] => ({
  address,
  port: address.port,
  reusePort: false,
  ipv6Only: false,
  options,
});

const MAKERS: Readonly<Record<string, (ipv6: boolean) => DatagramSocket>> = {
  'node:dgram': (ipv6) => new NodeDatagramSocket(ipv6),
  ...(udpBinding !== null && { handle: (ipv6: boolean) => new HandleDatagramSocket(ipv6, udpBinding as UdpBinding) }),
};

for (const [name, make] of Object.entries(MAKERS)) {
  t.test(`${name}: what comes is told with its sender, and answered`, async (t) => {
    const socket = make(false);
    const port = await socket.bind(
      bind(LOOPBACK, { receiveBuffer: 65536, sendBuffer: 65536, ttl: 9, broadcast: true }),
    );
    t.not(port, 0);
    t.equal(socket.localAddress()?.text, `127.0.0.1:${port}`);
    socket.start({
      datagram: (data, ip, from) => t.ok(socket.sendTo(Buffer.from(`${data.toString()}!`), ip, from)),
      datagramFailed: (code) => t.fail(code),
    });
    const client = await UdpPeer.bind();
    client.send('a', port);
    client.send('', port);
    const got = await client.until(2);
    t.same(got.map((g) => g.text).sort(), ['!', 'a!']);
    client.close();
    socket.close();
    socket.close();
    t.notOk(socket.sendTo(Buffer.from('x'), '127.0.0.1', port), 'nothing is sent on a closed one');
    t.equal(socket.localAddress(), null);
  });

  t.test(`${name}: a connected one hears nobody but whom it is connected to`, async (t) => {
    const host = await UdpPeer.bind();
    const stranger = await UdpPeer.bind();
    const socket = make(false);
    t.equal(socket.connect(new Address('127.0.0.1', host.port)), '');
    const heard: string[] = [];
    const done = new Promise<void>((resolve) => {
      socket.start({
        datagram(data) {
          heard.push(data.toString());
          if (data.toString() === 'host') resolve();
        },
        datagramFailed: (code) => t.fail(code),
      });
    });
    t.ok(socket.send(Buffer.from('hello')));
    const [{ from, text }] = await host.until(1);
    t.equal(text, 'hello');
    stranger.send('stranger', from.port);
    host.send('host', from.port);
    await done;
    t.same(heard, ['host']);
    for (const peer of [host, stranger, socket]) peer.close();
  });

  t.test(`${name}: IPv4 through an IPv6 socket has its own addresses`, async (t) => {
    const socket = make(true);
    const port = await socket.bind(bind(new Address('::', 0)));
    socket.start({
      datagram: (data, ip, from) => {
        t.equal(ip, '127.0.0.1');
        t.ok(socket.sendTo(data, ip, from));
      },
      datagramFailed: (code) => t.fail(code),
    });
    const client = await UdpPeer.bind();
    client.send('a', port);
    t.equal((await client.until(1))[0].text, 'a');
    client.close();
    socket.close();
  });

  t.test(`${name}: an address that is taken`, async (t) => {
    const first = make(false);
    const port = await first.bind(bind());
    const second = make(false);
    await t.rejects(second.bind(bind(new Address('127.0.0.1', port))), { code: 'EADDRINUSE' });
    first.close();
    second.close();
  });
}

t.test('a handle keeps one datagram while there is no room, and no more', { skip: udpBinding === null }, async (t) => {
  const { SendWrap, constants } = udpBinding as UdpBinding;
  const sent: { oncomplete: ((status: number) => void) | undefined }[] = [];
  let room = false;
  class FullHandle {
    send(req: { oncomplete: ((status: number) => void) | undefined }): number {
      sent.push(req);
      return room ? 2 : 0;
    }
    close(): void {}
  }
  const socket = new HandleDatagramSocket(false, { UDP: FullHandle, SendWrap, constants } as unknown as UdpBinding);
  t.ok(socket.sendTo(Buffer.from('1'), '127.0.0.1', 1));
  t.notOk(socket.sendTo(Buffer.from('2'), '127.0.0.1', 1), 'one waits already');
  t.equal(sent.length, 1);
  sent[0].oncomplete?.(0);
  room = true;
  t.ok(socket.sendTo(Buffer.from('3'), '127.0.0.1', 1));
  t.ok(socket.send(Buffer.from('4')));
  t.equal(sent.length, 3);
});

t.test('a host that answers with ICMP is told of', { skip: udpBinding === null }, async (t) => {
  const gone = await UdpPeer.bind();
  const { port } = gone;
  gone.close();
  const socket = new HandleDatagramSocket(false, udpBinding as UdpBinding);
  t.equal(socket.connect(new Address('127.0.0.1', port)), '');
  const code = await new Promise<string>((resolve) => {
    socket.start({ datagram: () => t.fail('nobody is there'), datagramFailed: resolve });
    socket.send(Buffer.from('x'));
  });
  t.equal(code, 'ECONNREFUSED');
  socket.close();
});
