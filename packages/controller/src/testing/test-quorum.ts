import { ControllerService } from "@millrace/proto/controller";
import { Health } from "@millrace/proto/health";
import {
  createSimulatedRuntime,
  type InProcessListener,
  InProcessNetwork,
  type Peer,
  type RpcChannel,
  type ServiceHandlers,
  ServiceTable,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { BrokerSession, type BrokerSessionOptions } from "../broker-session/broker-session.ts";
import type { Connect } from "../controller/connect.ts";
import { Controller, type ControllerOptions } from "../controller/controller.ts";
import { type ServedController, serveController } from "../controller/serve-controller.ts";
import { MetadataObserver } from "../observer/metadata-observer.ts";
import { QuorumChannel } from "../quorum-channel/quorum-channel.ts";
import { inTime } from "./in-time.ts";
import { SharedLog } from "./shared-log.ts";
import { settled, type TestBroker, testUuid } from "./test-cluster.ts";

const clusterId = "test-cluster-id-000000";
const GRPC_PORT = 9094;

/** How a broker of a test leaves without a word. */
export interface CrashingBroker extends TestBroker {
  /** Its process is gone: nothing listens on its port. */
  crash(): Promise<void>;
  /** Its connections break, and it can open no new ones; its port answers, or takes connections and says nothing. */
  cutOff(port: "answers" | "silent"): Promise<void>;
}

/** Several controllers over one log, on simulated time and an in-process network, and brokers that find the active one. */
export class TestQuorum {
  readonly clusterId = clusterId;
  readonly runtime: SimulatedRuntime = createSimulatedRuntime({ seed: 1 });
  readonly controllers = new Map<number, Controller>();
  readonly log: SharedLog;
  readonly #network: InProcessNetwork;
  readonly #listeners = new Map<number, InProcessListener>();
  readonly #served = new Map<number, ServedController>();
  readonly #closing: (() => Promise<void>)[] = [];

  static async start(ids: readonly number[], options: Partial<ControllerOptions> = {}): Promise<TestQuorum> {
    const quorum = new TestQuorum(ids);
    for (const id of ids) await quorum.#open(id, options);
    await quorum.log.lead(ids[0]);
    await settled();
    return quorum;
  }

  private constructor(ids: readonly number[]) {
    const endpoint = (id: number) => ({ host: `c${id}`, port: GRPC_PORT });
    this.log = new SharedLog(
      ids.map((id) => ({ id, directoryId: testUuid(100 + id), endpoint: endpoint(id) })),
    );
    this.#network = new InProcessNetwork({ clock: this.runtime.clock, encode: true });
  }

  controller(id: number): Controller {
    return this.controllers.get(id)!;
  }

  /** Channels of a node to others, by address. */
  connectAs(role: "broker" | "controller", nodeId: number): Connect {
    return this.connectAsPeer({ kind: "role", role, nodeId, clusterId, address: "test" });
  }

  connectAsPeer(peer: Peer): Connect {
    return ({ host, port }) => this.#network.connect(`${host}:${port}`, { peer });
  }

  /** To one controller. */
  channel(id: number, role: "broker" | "controller" = "broker", nodeId = 1): RpcChannel {
    return this.connectAs(role, nodeId)({ host: `c${id}`, port: GRPC_PORT });
  }

  channelAs(peer: Peer, id: number): RpcChannel {
    return this.connectAsPeer(peer)({ host: `c${id}`, port: GRPC_PORT });
  }

  /** Nothing listens where it was, and whoever leads does so without it. */
  async crash(id: number): Promise<void> {
    await this.#listeners.get(id)?.close({ graceMs: 0 });
    await this.#served.get(id)?.close();
    await this.controller(id).close();
    await settled();
  }

  /** The controller goes on, but others reach this in its place: another version of it. */
  async serveInstead(
    id: number,
    handlers: Partial<ServiceHandlers<typeof ControllerService>>,
  ): Promise<void> {
    await this.#listeners.get(id)?.close({ graceMs: 0 });
    const services = new ServiceTable();
    services.add(ControllerService, handlers as ServiceHandlers<typeof ControllerService>);
    this.#listeners.set(id, this.#network.listen(`c${id}:${GRPC_PORT}`, services));
  }

  broker(brokerId: number, identity: Partial<BrokerSessionOptions["identity"]> = {}): CrashingBroker {
    const connect = this.connectAs("broker", brokerId);
    const reachable = { value: true };
    const channel = new QuorumChannel({
      controllers: [...this.controllers.keys()].map((id) => ({ host: `c${id}`, port: GRPC_PORT })),
      connect: (address) => (reachable.value ? connect(address) : connect({ host: "nowhere", port: 0 })),
    });
    const observer = new MetadataObserver({ clusterId, channel, runtime: this.runtime });
    observer.start();
    const refusals: Error[] = [];
    const session = new BrokerSession({
      identity: {
        brokerId,
        clusterId,
        directoryId: testUuid(brokerId),
        incarnationId: testUuid(200 + brokerId),
        listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "localhost", port: 9092 }],
        grpcHost: `b${brokerId}`,
        grpcPort: GRPC_PORT,
        ...identity,
      },
      channel,
      runtime: this.runtime,
      metadata: observer,
      onRefused: (error) => refusals.push(error),
    });
    const port = this.#listenAsBroker(brokerId, async () => ({}));
    session.start();
    const stop = async (): Promise<void> => {
      reachable.value = false;
      await Promise.all([session.close(), observer.close()]);
    };
    const crash = async (): Promise<void> => {
      await port.close({ graceMs: 0 });
      await stop();
    };
    this.#closing.unshift(crash);
    return {
      session,
      observer,
      refusals,
      crash,
      cutOff: async (how) => {
        if (how === "silent") {
          await port.close({ graceMs: 0 });
          const silent = this.#listenAsBroker(brokerId, () => new Promise(() => {}));
          this.#closing.unshift(() => silent.close({ graceMs: 0 }));
        }
        await stop();
      },
    };
  }

  /** Moves time in steps, so that what waits for messages keeps up. */
  async advance(ms: number, stepMs = 50): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.runtime.clock.advance(Math.min(stepMs, left));
      await settled(20);
    }
  }

  /** In however much time that takes: calls may be on their way to who never answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await inTime(this.#close(), () => this.advance(50));
  }

  async #close(): Promise<void> {
    for (const close of this.#closing) await close();
  }

  async #open(id: number, options: Partial<ControllerOptions>): Promise<void> {
    const log = this.log.member(id);
    const connect = this.connectAs("controller", id);
    const { runtime } = this;
    const controller = await Controller.open({
      nodeId: id,
      clusterId,
      log,
      quorum: log,
      connect,
      runtime,
      ...options,
    });
    const services = new ServiceTable();
    this.#served.set(id, serveController(controller, services));
    this.controllers.set(id, controller);
    this.#listeners.set(id, this.#network.listen(`c${id}:${GRPC_PORT}`, services));
    this.#closing.push(() => this.crash(id));
  }

  #listenAsBroker(brokerId: number, check: () => Promise<object>): InProcessListener {
    const services = new ServiceTable();
    services.add(Health, { check, watch: async function* () {} });
    return this.#network.listen(`b${brokerId}:${GRPC_PORT}`, services);
  }
}
