/** A gRPC server with AION's own services (protos/), and clients for it, both grpc-js. */
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface StatusKanban {
  dataPath: string;
  processNumber: number;
}
export interface KanbanRequest {
  microserviceName: string;
  message: Partial<StatusKanban> | null;
}
export interface KanbanResponse {
  status: string;
  error: string;
}
export interface SendKanban {
  deviceName: string;
  nextNumber: number;
}

type Call = { on(event: 'cancelled', listener: () => void): unknown };

/** Server side of one test; `behaviour` changes what it does. */
export class AionServer {
  port = 0;
  /** Calls to `slow` or open streams that have been cancelled; resolves waiters. */
  cancelled = 0;
  /** Bidi streams that have sent their first message and got no answer yet. */
  readonly held: (() => void)[] = [];
  /** Hold bidi echoes back until this many streams are open. */
  holdUntil = 0;
  /** Distinct TCP connections that carried a bidi stream. */
  readonly peers = new Set<string>();
  readonly #server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  #onCancelled: (() => void)[] = [];

  static async start(): Promise<AionServer> {
    const s = new AionServer();
    const types = aionTypes();
    s.#server.addService(types.kanban.service, s.#kanban());
    s.#server.addService(types.sendAnything.service, s.#sendAnything());
    s.#server.addService(types.cluster.service, { joinMasterAion: echo });
    const credentials = grpc.ServerCredentials.createInsecure();
    s.port = await new Promise((resolve, reject) => {
      s.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return s;
  }

  /** Resolves once `count` calls have been cancelled in all. */
  async untilCancelled(count: number): Promise<void> {
    while (this.cancelled < count) await new Promise<void>((resolve) => this.#onCancelled.push(resolve));
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #watch(call: Call): void {
    call.on('cancelled', () => {
      this.cancelled++;
      for (const wake of this.#onCancelled.splice(0)) wake();
    });
  }

  #kanban(): grpc.UntypedServiceImplementation {
    return {
      /** Echoes `message.dataPath`; `fail` fails, `slow` never answers. */
      sendKanban: (
        call: grpc.ServerUnaryCall<KanbanRequest, KanbanResponse>,
        done: grpc.sendUnaryData<KanbanResponse>,
      ) => {
        const { microserviceName, message } = call.request;
        if (microserviceName === 'slow') {
          this.#watch(call);
          return;
        }
        if (microserviceName === 'fail') {
          const metadata = new grpc.Metadata();
          metadata.set('x-detail', 'why it failed');
          metadata.set('x-raw-bin', Buffer.from([0, 1, 255]));
          done({ code: grpc.status.NOT_FOUND, details: 'no such kanban: 漢字 100%', metadata });
          return;
        }
        done(null, { status: 'SUCCESS', error: message?.dataPath ?? '' });
      },
      sendStaticKanban: (_: unknown, done: grpc.sendUnaryData<KanbanResponse>) =>
        done(null, { status: 'SUCCESS', error: '' }),
      deleteStaticKanban: (_: unknown, done: grpc.sendUnaryData<KanbanResponse>) =>
        done(null, { status: 'FAILED', error: 'x' }),
      /** `processNumber` messages, then the end; with a negative number the stream stays open after one. */
      receiveKanban: (call: grpc.ServerWritableStream<{ processNumber: number }, Partial<StatusKanban>>) => {
        const { processNumber } = call.request;
        if (processNumber < 0) {
          this.#watch(call);
          call.write({ processNumber: 1 });
          return;
        }
        for (let i = 0; i < processNumber; i++) call.write({ processNumber: i, dataPath: `/data/${i}` });
        call.end();
      },
      receiveStaticKanban: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
    };
  }

  #sendAnything(): grpc.UntypedServiceImplementation {
    return {
      serviceBrokerConn: (call: grpc.ServerDuplexStream<SendKanban, SendKanban>) => {
        this.#watch(call);
        this.peers.add(call.getPeer());
        let first = true;
        call.on('data', (message: SendKanban) => {
          const answer = (): void => {
            call.write(message);
          };
          if (!first || this.holdUntil === 0) answer();
          else {
            this.held.push(answer);
            if (this.held.length >= this.holdUntil) for (const release of this.held.splice(0)) release();
          }
          first = false;
        });
        call.on('end', () => call.end());
      },
      /** Counts chunks and says so. */
      sendToOtherDevices: (
        call: grpc.ServerReadableStream<unknown, { Message: string; statusCode: string }>,
        done: grpc.sendUnaryData<{ Message: string; statusCode: string }>,
      ) => {
        let count = 0;
        call.on('data', () => count++);
        call.on('end', () => done(null, { Message: `${count} messages`, statusCode: 'OK' }));
      },
    };
  }
}

function echo(call: grpc.ServerDuplexStream<unknown, unknown>): void {
  call.on('data', (message) => call.write(message));
  call.on('end', () => call.end());
}

interface AionTypes {
  kanban: grpc.ServiceClientConstructor;
  sendAnything: grpc.ServiceClientConstructor;
  cluster: grpc.ServiceClientConstructor;
}

let types: AionTypes | undefined;

export function aionTypes(): AionTypes {
  if (types !== undefined) return types;
  const protos = fileURLToPath(new URL('protos', import.meta.url));
  const files = ['kanbanpb/status.proto', 'clusterpb/cluster.proto'];
  const loaded = grpc.loadPackageDefinition(
    loadSync(files, { includeDirs: [protos], keepCase: true, defaults: true, enums: String, longs: Number }),
  );
  const kanbanpb = loaded['kanbanpb'] as grpc.GrpcObject;
  const clusterpb = loaded['clusterpb'] as grpc.GrpcObject;
  types = {
    kanban: kanbanpb['Kanban'] as grpc.ServiceClientConstructor,
    sendAnything: kanbanpb['SendAnything'] as grpc.ServiceClientConstructor,
    cluster: clusterpb['Cluster'] as grpc.ServiceClientConstructor,
  };
  return types;
}

/** Clients over one connection of their own. */
export class AionClient {
  readonly #channel: grpc.Channel;
  readonly #kanban: grpc.Client & Methods;
  readonly #sendAnything: grpc.Client & Methods;
  readonly #cluster: grpc.Client & Methods;

  constructor(port: number) {
    const options = {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    };
    const credentials = grpc.credentials.createInsecure();
    const address = `127.0.0.1:${port}`;
    this.#channel = new grpc.Channel(address, credentials, options);
    const { kanban, sendAnything, cluster } = aionTypes();
    const make = (Type: grpc.ServiceClientConstructor): grpc.Client & Methods =>
      new Type(address, credentials, { channelOverride: this.#channel }) as unknown as grpc.Client & Methods;
    this.#kanban = make(kanban);
    this.#sendAnything = make(sendAnything);
    this.#cluster = make(cluster);
  }

  /** Resolves with the answer, rejects with the ServiceError. */
  send(request: KanbanRequest, deadlineMs?: number): Promise<KanbanResponse> {
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    return new Promise((resolve, reject) => {
      this.#kanban['sendKanban']!(request, options, (error: Error | null, response: KanbanResponse) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  }

  receive(processNumber: number): grpc.ClientReadableStream<StatusKanban> {
    return this.#kanban['receiveKanban']!({ processNumber }) as grpc.ClientReadableStream<StatusKanban>;
  }

  brokerConn(): grpc.ClientDuplexStream<Partial<SendKanban>, SendKanban> {
    return this.#sendAnything['serviceBrokerConn']!() as grpc.ClientDuplexStream<Partial<SendKanban>, SendKanban>;
  }

  join(): grpc.ClientDuplexStream<object, object> {
    return this.#cluster['joinMasterAion']!() as grpc.ClientDuplexStream<object, object>;
  }

  /** Client stream; resolves with the server's message. */
  upload(messages: readonly object[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = this.#sendAnything['sendToOtherDevices']!((error: Error | null, status: { Message: string }) => {
        if (error === null) resolve(status.Message);
        else reject(error);
      }) as grpc.ClientWritableStream<object>;
      for (const message of messages) call.write(message);
      call.end();
    });
  }

  close(): void {
    this.#channel.close();
  }
}

type Methods = Record<string, (...args: unknown[]) => unknown>;
