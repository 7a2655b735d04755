import { inTime, settled, TestCluster, testUuid } from "@millrace/controller/testing";
import {
  type Disk,
  InProcessNetwork,
  MemoryDisk,
  MemoryNetwork,
  type Peer,
  type RpcChannel,
  ServiceTable,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import { startBroker } from "../src/start-broker.ts";
import type { RunningBroker, StartBrokerOptions } from "../src/start-broker-options.ts";
import { collecting } from "./complaints.ts";
import { TestClient } from "./test-client.ts";

const ADDRESS = "broker:1";

export interface TestNodeOptions extends Partial<Omit<StartBrokerOptions, "runtime" | "network">> {
  /** A cluster that outlives the node; one of its own when left out. */
  readonly cluster?: TestCluster;
  /** Counts the starts of the broker's process. */
  readonly incarnation?: number;
}

/** A broker and its controller as a process composes them: all parts real, on time, disk and networks in memory. */
export class TestNode {
  readonly cluster: TestCluster;
  readonly broker: RunningBroker;
  readonly disk: Disk;
  /** Lines that were logged as warnings or errors. */
  readonly complaints: string[];
  readonly #rpc: InProcessNetwork;
  readonly #network: MemoryNetwork;
  readonly #closing: (() => Promise<void>)[];

  /** Resolves when it is ready. */
  static async start({
    cluster: given,
    incarnation = 1,
    ...options
  }: TestNodeOptions = {}): Promise<TestNode> {
    const complaints: string[] = [];
    const cluster = given ?? (await TestCluster.start());
    const { clusterId } = cluster;
    const { disk = new MemoryDisk() } = options;
    const rpc = new InProcessNetwork({ clock: cluster.runtime.clock, encode: true });
    const network = new MemoryNetwork({ later: setImmediate });
    const services = new ServiceTable();
    const starting = startBroker({
      runtime: { ...cluster.runtime, logger: collecting(complaints) },
      disk,
      network,
      controllerChannel: cluster.channel({ nodeId: 1 }),
      router: services,
      nodeId: 1,
      clusterId,
      directoryId: testUuid(1),
      incarnationId: testUuid(200 + incarnation),
      listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port: 0, advertisedHost: "broker.test" }],
      grpcAddress: { host: "localhost", port: 9094 },
      budgetBytes: 64 * 1024 * 1024,
      bufferPool: new PoisonedPool(),
      ...options,
    });
    const listener = rpc.listen(ADDRESS, services);
    const broker = await starting;
    const closing = [() => broker.close(), () => listener.close({ graceMs: 0 })];
    if (given === undefined) closing.push(() => cluster[Symbol.asyncDispose]());
    await broker.ready;
    return new TestNode({ cluster, broker, disk, complaints }, rpc, network, closing);
  }

  private constructor(
    parts: Pick<TestNode, "cluster" | "broker" | "disk" | "complaints">,
    rpc: InProcessNetwork,
    network: MemoryNetwork,
    closing: (() => Promise<void>)[],
  ) {
    this.cluster = parts.cluster;
    this.broker = parts.broker;
    this.disk = parts.disk;
    this.complaints = parts.complaints;
    this.#rpc = rpc;
    this.#network = network;
    this.#closing = closing;
  }

  get runtime(): SimulatedRuntime {
    return this.cluster.runtime;
  }

  /** A client of Kafka's protocol. */
  connect(): TestClient {
    return new TestClient(this.#network.connect(this.broker.endpoints[0]!.port));
  }

  /** A channel as Millrace's own client has it. */
  channel(peer: Peer = { kind: "client", clientId: "test", address: "test" }): RpcChannel {
    return this.#rpc.connect(ADDRESS, { peer });
  }

  /** Passes time in steps, so that what each timer starts is done before the next one. */
  async advance(durationMs: number, stepMs: number = durationMs): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      this.runtime.clock.advance(stepMs);
      await settled();
    }
  }

  /** Passes as much time as `outcome` needs. */
  async inTime<T>(outcome: Promise<T>): Promise<T> {
    return await inTime(outcome, () => this.advance(100));
  }

  /** Ends the broker in order, in however much time that takes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.inTime(this.#close());
  }

  async #close(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}
