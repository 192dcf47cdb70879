// The four AION sidecars with gRPC in and gRPC out: real grpc-js on both sides, started as their deployments start Envoy.
import { type EventEmitter, once } from 'node:events';
import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import t from 'tap';
import { AionClient, AionServer, type SendKanban, type StatusKanban } from './grpc-service.ts';
import { Sidecar, type SidecarName } from './sidecar.ts';

const NAMES: SidecarName[] = ['service-broker', 'service-broker-master', 'send-anything', 'status-kanban'];
const BIG = 16 * 1024 * 1024;
const STREAMS = 1000;

for (const name of NAMES) {
  t.test(`${name}: gRPC through the sidecar`, async (t) => {
    const server = await AionServer.start();
    t.teardown(() => server.stop());
    const sidecar = await Sidecar.start(name, { grpc: server.port });
    t.teardown(() => sidecar.stop());
    const client = new AionClient(sidecar.grpcPort);
    t.teardown(() => client.close());

    await t.test('a unary call is answered', async (t) => {
      const answer = await client.send({ microserviceName: 'm', message: { dataPath: '/var/lib/aion/漢字' } });
      t.strictSame(answer, { status: 'SUCCESS', error: '/var/lib/aion/漢字' });
    });

    await t.test('a server stream arrives whole and in order', async (t) => {
      const stream = client.receive(200);
      const seen: number[] = [];
      stream.on('data', (kanban: StatusKanban) => seen.push(kanban.processNumber));
      const end = await ended(stream);
      t.equal(end.code, status.OK);
      t.strictSame(
        seen,
        Array.from({ length: 200 }, (_, i) => i),
      );
    });

    await t.test('a client stream is counted', async (t) => {
      t.equal(await client.upload(Array.from({ length: 50 }, () => ({ code: 'SendingFile_CONT' }))), '50 messages');
    });

    await t.test('a bidi stream answers each message before the next is sent', async (t) => {
      const stream = client.brokerConn();
      for (let i = 1; i <= 20; i++) {
        const answer = once(stream, 'data') as Promise<[SendKanban]>;
        stream.write({ deviceName: 'd', nextNumber: i });
        t.equal((await answer)[0].nextNumber, i);
      }
      stream.end();
      const end = await ended(stream);
      t.equal(end.code, status.OK);
    });

    await t.test('the cluster service joins', async (t) => {
      const stream = client.join();
      const answer = once(stream, 'data');
      stream.write({});
      await answer;
      stream.end();
      const end = await ended(stream.resume());
      t.equal(end.code, status.OK);
    });

    await t.test('a cancelled server stream is cancelled at the server', async (t) => {
      const before = server.cancelled;
      const stream = client.receive(-1);
      stream.on('error', () => {});
      await once(stream, 'data');
      stream.cancel();
      const end = await ended(stream);
      t.equal(end.code, status.CANCELLED);
      await server.untilCancelled(before + 1);
    });

    await t.test('a passed deadline is told to both sides', async (t) => {
      const before = server.cancelled;
      const error = await rejected(client.send({ microserviceName: 'slow', message: {} }, 150));
      t.equal(error.code, status.DEADLINE_EXCEEDED);
      await server.untilCancelled(before + 1);
    });

    await t.test('an error status arrives with message and metadata', async (t) => {
      const error = await rejected(client.send({ microserviceName: 'fail', message: {} }));
      t.equal(error.code, status.NOT_FOUND);
      t.equal(error.details, 'no such kanban: 漢字 100%');
      t.strictSame(error.metadata.get('x-detail'), ['why it failed']);
      t.strictSame(error.metadata.get('x-raw-bin'), [Buffer.from([0, 1, 255])]);
    });

    await t.test('16 MB go up and come back', async (t) => {
      const dataPath = 'abcdefghijklmnop'.repeat(BIG / 16);
      const answer = await client.send({ microserviceName: 'm', message: { dataPath } });
      t.ok(answer.error === dataPath, 'the same 16 MB');
    });

    await t.test('1,000 streams are open at once on one connection', async (t) => {
      server.peers.clear();
      server.holdUntil = STREAMS;
      const streams = Array.from({ length: STREAMS }, () => client.brokerConn());
      const answers = streams.map((s) => once(s, 'data') as Promise<[SendKanban]>);
      for (const [i, s] of streams.entries()) s.write({ deviceName: 'd', nextNumber: i });
      const seen = (await Promise.all(answers)).map(([message]) => message.nextNumber);
      t.strictSame(
        seen,
        Array.from({ length: STREAMS }, (_, i) => i),
      );
      server.holdUntil = 0;
      const ends = streams.map(ended);
      for (const s of streams) s.end();
      t.ok(
        (await Promise.all(ends)).every((end) => end.code === status.OK),
        'all end with OK',
      );
      t.equal(server.peers.size, 1, 'the server saw one connection');
    });

    await t.test('the server away: UNAVAILABLE; SIGTERM: exit code 0', async (t) => {
      server.stop();
      const error = await rejected(client.send({ microserviceName: 'm', message: {} }));
      t.equal(error.code, status.UNAVAILABLE);
      t.equal(await sidecar.stop(), 0);
    });
  });
}

/** The status of a call; `once` would reject at the error that comes with a bad one. */
function ended(call: EventEmitter): Promise<StatusObject> {
  return new Promise((resolve) => call.once('status', resolve));
}

async function rejected(answer: Promise<unknown>): Promise<ServiceError> {
  return answer.then(
    () => {
      throw new Error('must not succeed');
    },
    (error: ServiceError) => error,
  );
}
