import { MemoryRaftStorage, RaftCommitLog, type RaftLimits, type RaftStorage } from "@millrace/raft";
import {
  createSimulatedRuntime,
  InProcessNetwork,
  type MetricsRegistry,
  type Peer,
  type RpcChannel,
  ServiceTable,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { BrokerSession, type BrokerSessionOptions } from "../broker-session/broker-session.ts";
import { Controller, type ControllerOptions } from "../controller/controller.ts";
import { raftQuorum } from "../controller/raft-quorum.ts";
import { serveController } from "../controller/serve-controller.ts";
import { type Uuid, uuidFromBytes } from "../image/uuid.ts";
import { MetadataObserver } from "../observer/metadata-observer.ts";

const clusterId = "test-cluster-id-000000";
const controllerAddress = "controller";

/** 16 bytes made of one number: readable in a failure. */
export function testUuid(n: number): Uuid {
  return uuidFromBytes(new Uint8Array(16).fill(n));
}

export interface TestClusterOptions extends Partial<Omit<ControllerOptions, "runtime" | "log">> {
  readonly storage?: RaftStorage;
  readonly raftLimits?: Partial<RaftLimits>;
  readonly metrics?: MetricsRegistry;
}

/** One active controller on simulated time, and as many brokers that hold a session as a test wants. */
export class TestCluster {
  readonly clusterId = clusterId;
  readonly runtime: SimulatedRuntime;
  readonly controller: Controller;
  readonly #network: InProcessNetwork;
  readonly #closing: (() => Promise<void>)[] = [];

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const { storage, raftLimits, metrics, ...rest } = options;
    const runtime = createSimulatedRuntime({ seed: 1, ...(metrics === undefined ? {} : { metrics }) });
    const self = { id: 1, directoryId: testUuid(100) };
    const log = new RaftCommitLog({
      self,
      bootstrapVoters: [{ ...self, endpoint: { host: "localhost", port: 0 } }],
      storage: storage ?? new MemoryRaftStorage(),
      runtime,
      ...(raftLimits === undefined ? {} : { limits: raftLimits }),
    });
    const quorum = raftQuorum(log);
    const controller = await Controller.open({ nodeId: 1, clusterId, log, quorum, runtime, ...rest });
    const cluster = new TestCluster(runtime, controller);
    await controller.untilActive();
    return cluster;
  }

  private constructor(runtime: SimulatedRuntime, controller: Controller) {
    this.runtime = runtime;
    this.controller = controller;
    this.#network = new InProcessNetwork({ clock: runtime.clock, encode: true });
    const services = new ServiceTable();
    const served = serveController(controller, services);
    const listener = this.#network.listen(controllerAddress, services);
    this.#closing.push(
      () => listener.close({ graceMs: 0 }),
      () => served.close(),
      () => controller.close(),
    );
  }

  channel(peer: Partial<Extract<Peer, { kind: "role" }>> | Extract<Peer, { kind: "client" }>): RpcChannel {
    const role = { kind: "role", role: "broker", nodeId: 1, clusterId, address: "test" } as const;
    return this.#network.connect(controllerAddress, {
      peer: peer.kind === "client" ? peer : { ...role, ...peer },
    });
  }

  observer(nodeId = 1): MetadataObserver {
    const observer = new MetadataObserver({
      clusterId,
      channel: this.channel({ nodeId }),
      runtime: this.runtime,
    });
    observer.start();
    this.#closing.unshift(() => observer.close());
    return observer;
  }

  /** Registers a broker; it follows the metadata and holds its session until it is closed. */
  broker(brokerId: number, options: Partial<BrokerSessionOptions["identity"]> = {}): TestBroker {
    const observer = this.observer(brokerId);
    const refusals: Error[] = [];
    const session = new BrokerSession({
      identity: {
        brokerId,
        clusterId,
        directoryId: testUuid(brokerId),
        incarnationId: testUuid(200 + brokerId),
        listeners: [
          { name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "localhost", port: 9092 + brokerId },
        ],
        grpcHost: "localhost",
        grpcPort: 9094,
        ...options,
      },
      channel: this.channel({ nodeId: brokerId }),
      runtime: this.runtime,
      metadata: observer,
      onRefused: (error) => refusals.push(error),
    });
    session.start();
    this.#closing.unshift(() => session.close());
    return { session, observer, refusals };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

export interface TestBroker {
  readonly session: BrokerSession;
  readonly observer: MetadataObserver;
  readonly refusals: readonly Error[];
}

/** Lets everything happen that does not need time to pass. */
export async function settled(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
