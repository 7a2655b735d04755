import type { MetadataImage } from "@millrace/controller";
import type { ControllerService } from "@millrace/proto/controller";
import {
  ByteBudget,
  createSimulatedRuntime,
  type MemoryConnectionOptions,
  MemoryDisk,
  MemoryNetwork,
  type ServiceClient,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import { type BrokerOptions, createBroker, type ServingBroker } from "../src/create-broker.ts";
import { collecting } from "./complaints.ts";
import { MemoryLogs } from "./memory-log.ts";
import { TestClient } from "./test-client.ts";
import { NODE_ID, type TestImageOptions, testChanges, testImage } from "./test-image.ts";

export interface TestBrokerOptions extends Partial<BrokerOptions> {
  readonly metadata?: TestImageOptions;
  readonly connection?: Partial<MemoryConnectionOptions>;
  readonly budgetBytes?: number;
}

/** A broker on a network, logs and time in memory, with metadata written by hand. */
export class TestBroker {
  readonly running: ServingBroker;
  readonly runtime: SimulatedRuntime;
  readonly network: MemoryNetwork;
  readonly budget: ByteBudget;
  readonly logs: MemoryLogs;
  /** Lines that were logged as warnings or errors. */
  readonly complaints: string[];
  readonly #port: number;
  #image: MetadataImage;

  static async start(options: TestBrokerOptions = {}): Promise<TestBroker> {
    const complaints: string[] = [];
    const runtime = createSimulatedRuntime({ logger: collecting(complaints) });
    const network = new MemoryNetwork({ later: setImmediate, ...options.connection });
    const budget = new ByteBudget(options.budgetBytes ?? 64 * 1024 * 1024);
    const logs = new MemoryLogs();
    const image = testImage(options.metadata);
    const running = await createBroker({
      nodeId: NODE_ID,
      runtime,
      network,
      budget,
      framePool: new PoisonedPool(),
      logs,
      disk: new MemoryDisk(),
      image,
      controller: noController,
      staticConfigs: new Map(),
      supportedFeatures: [],
      ...options,
    });
    const { port } = await running.listener.open({ name: "PLAINTEXT", host: "127.0.0.1", port: 0 });
    return new TestBroker({ running, runtime, network, budget, logs, complaints }, port, image);
  }

  private constructor(
    parts: Pick<TestBroker, "running" | "runtime" | "network" | "budget" | "logs" | "complaints">,
    port: number,
    image: MetadataImage,
  ) {
    this.running = parts.running;
    this.runtime = parts.runtime;
    this.network = parts.network;
    this.budget = parts.budget;
    this.logs = parts.logs;
    this.complaints = parts.complaints;
    this.#port = port;
    this.#image = image;
  }

  connect(port: number = this.#port): TestClient {
    return new TestClient(this.network.connect(port));
  }

  /** The metadata changes, and the broker has followed when this resolves. */
  async change(options: TestImageOptions): Promise<void> {
    const before = this.#image;
    this.#image = testImage({ offset: before.offset + 1, ...options });
    await this.running.applyMetadata(this.#image, testChanges(before, this.#image));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.close();
  }
}

/** Refuses everything: a test that changes metadata brings its own. */
const noController = new Proxy({} as ServiceClient<typeof ControllerService>, {
  get: () => () => Promise.reject(new Error("this test has no controller")),
});
