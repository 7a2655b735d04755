import {
  BrokerSession,
  type MetadataImage,
  MetadataObserver,
  QuorumChannel,
  randomUuid,
  uuidFromBytes,
} from "@millrace/controller";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@millrace/proto/health";
import {
  InlineExecutor,
  noMetrics,
  noTracer,
  type RpcChannel,
  type Runtime,
  ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import type { Companion } from "../raft/companion.ts";
import type { Quorum } from "../raft/quorum.ts";
import type { SimulatedRpc } from "../rpc/simulated-rpc.ts";
import { Machine } from "../world/machine.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import { clusterId } from "./cluster-id.ts";
import type { ImageWatch } from "./image-watch.ts";

export interface SimulatedBrokerOptions {
  readonly id: number;
  readonly quorum: Quorum;
  readonly rpc: SimulatedRpc;
  readonly images: ImageWatch;
  /** Stands between a broker and the controllers. */
  readonly spoiled?: ((channel: RpcChannel) => RpcChannel) | undefined;
}

interface Running {
  readonly process: SimulatedProcess;
  readonly observer: MetadataObserver;
  readonly session: BrokerSession;
  heardAtMs: number;
}

/** As brokers do. */
const handoverMsMax = 3_000;

/** What every broker does with the controllers, and nothing else: it follows the metadata and holds a session. */
export class SimulatedBroker implements Companion {
  readonly id: number;
  readonly machine: Machine;
  readonly #options: SimulatedBrokerOptions;
  #running: Running | undefined;
  #isStopping = false;
  #isLost = false;
  /** Of the last shutdown in order. */
  #previousBrokerEpoch = -1;

  constructor(options: SimulatedBrokerOptions) {
    const { id, quorum } = options;
    this.id = id;
    this.#options = options;
    this.machine = new Machine(`b${id}`, quorum.world, {});
    quorum.network.addHost(this.machine.name);
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** What it knows; undefined while it is down. */
  get image(): MetadataImage | undefined {
    return this.#running?.observer.image;
  }

  get isStopping(): boolean {
    return this.isUp && this.#isStopping;
  }

  /** When a controller last answered a heartbeat, in simulated milliseconds; -1 while it is down, or none did. */
  get heardAtMs(): number {
    return this.#running?.heardAtMs ?? -1;
  }

  /** What it believes of itself. */
  get fenced(): boolean {
    return this.#running?.session.fenced ?? true;
  }

  start(): void {
    if (this.#isLost) return;
    const { quorum, rpc } = this.#options;
    const process = this.machine.start();
    quorum.network.powerOn(this.machine.name);
    quorum.world.note(`${process.name} starts`);
    this.#isStopping = false;
    const services = new ServiceTable();
    services.add(Health, {
      check: async () => ({ status: ServingStatus.SERVING }),
      async *watch() {
        yield { status: ServingStatus.SERVING };
      },
    });
    rpc.serve(this.machine.name, { process, services });
    this.#run(process);
  }

  kill(): void {
    this.#end("killed");
    this.machine.kill();
  }

  cutPower(): void {
    this.#end("without power");
    this.machine.cutPower();
    this.#options.quorum.network.powerOff(this.machine.name);
  }

  /** Never starts again. */
  lose(how: "kill" | "cutPower"): void {
    if (this.isUp) this[how]();
    this.#isLost = true;
  }

  stop(onStopped: () => void): void {
    const running = this.#running;
    if (running === undefined || this.#isStopping) return;
    this.#isStopping = true;
    this.#options.quorum.world.note(`${running.process.name} is to stop`);
    this.#shutDown(running).then(
      () => {
        if (this.#running !== running) return;
        this.#previousBrokerEpoch = running.session.brokerEpoch;
        this.kill();
        onStopped();
      },
      (error: unknown) => this.#failed(running.process, error),
    );
  }

  #run(process: SimulatedProcess): void {
    const { id, quorum, images, rpc, spoiled } = this.#options;
    const clock = this.machine.clockOf(process);
    const runtime: Runtime = {
      clocks: { liveness: clock, domain: clock },
      random: quorum.world.random.fork(process.name),
      executor: new InlineExecutor(),
      logger: silentLogger,
      metrics: noMetrics,
      tracer: noTracer,
      fail: (error) => this.#failed(process, error),
    };
    const { name: host } = this.machine;
    const peer = { kind: "role", role: "broker", nodeId: id, clusterId, address: host } as const;
    const controllers = quorum.nodes.map(({ machine }) => ({ host: machine.name, port: 1 }));
    const begin = id % controllers.length; // as nodes do, so that not all feeds come from one controller
    const quorumChannel = new QuorumChannel({
      controllers: [...controllers.slice(begin), ...controllers.slice(0, begin)],
      connect: (address) => rpc.connect({ host, peer, process, clock }, address.host),
    });
    const channel = spoiled?.(quorumChannel) ?? quorumChannel;
    const observer = new MetadataObserver({ clusterId, channel, runtime });
    const session = new BrokerSession({
      identity: {
        brokerId: id,
        clusterId,
        directoryId: uuidFromBytes(new Uint8Array(16).fill(id)),
        incarnationId: randomUuid(runtime.random),
        listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host, port: 9092 }],
        grpcHost: host,
        grpcPort: 1,
        previousBrokerEpoch: this.#previousBrokerEpoch,
      },
      channel,
      runtime,
      metadata: observer,
      onRefused: (error) => this.#failed(process, error),
      onRegistered: (epoch) => {
        quorum.world.note(`${process.name} is registered at ${epoch}`);
        images.registered(process.name, id, epoch);
      },
      onCommittedOffset: (offset) => {
        images.told(process.name, offset);
        running.heardAtMs = quorum.world.nowMs;
        observer.expect(offset);
      },
    });
    observer.onChange((image) => {
      quorum.world.note(`${process.name} has the metadata of ${image.offset}`);
      images.published(process.name, image);
      session.metadataEpoch(image.epoch);
    });
    const running: Running = { process, observer, session, heardAtMs: -1 };
    this.#running = running;
    observer.start();
    session.start();
  }

  async #shutDown({ session, observer, process }: Running): Promise<void> {
    const late = new AbortController();
    const timer = this.machine.clockOf(process).setTimer(handoverMsMax, () => late.abort());
    try {
      await session.shutDown(late.signal);
    } catch (error) {
      if (!late.signal.aborted) throw error;
    } finally {
      timer.cancel();
    }
    await session.close();
    await observer.close();
  }

  /** Nothing that is done to a broker here gives it a reason to. */
  #failed(process: SimulatedProcess, error: unknown): void {
    if (this.#running?.process !== process) return;
    const stack = error instanceof Error ? error.stack : undefined;
    this.#options.quorum.violate("nodes do not fail", `${process.name}: ${stack ?? String(error)}`);
  }

  #end(how: string): void {
    if (this.#running !== undefined) {
      this.#options.quorum.world.note(`${this.#running.process.name} is ${how}`);
    }
    this.#running = undefined;
  }
}
