import { create } from "@bufbuild/protobuf";
import type { Controller } from "@millrace/controller";
import { MetadataRecordSchema } from "@millrace/proto/metadata";
import { ObjectHistory } from "../linearizability/object-history.ts";
import type { Caller, GuestHost, Workload } from "../raft/guest.ts";
import type { Quorum } from "../raft/quorum.ts";
import { ControllerGuest } from "./controller-guest.ts";
import { ImageWatch } from "./image-watch.ts";
import { MetadataClient, type TopicHistory } from "./metadata-client.ts";
import type { PlantedControllerBug } from "./planted-controller-bugs.ts";
import { SimulatedRpc } from "./simulated-rpc.ts";
import { topicModel } from "./topic-model.ts";

/** How often it is looked whether there is a broker already. */
const lookMs = 20;

/** Controllers, a broker for their partitions, and clients that change and read topics. */
export class ControllerWorkload implements Workload<ControllerGuest> {
  readonly clients: readonly Caller[];
  readonly history: TopicHistory;
  readonly #quorum: Quorum<ControllerGuest>;
  readonly #planted: PlantedControllerBug;
  readonly #rpc: SimulatedRpc;
  readonly #images: ImageWatch;

  constructor(quorum: Quorum<ControllerGuest>, planted: PlantedControllerBug = {}) {
    this.#quorum = quorum;
    this.#planted = planted;
    const { world, network, plan } = quorum;
    this.#rpc = new SimulatedRpc(world, (from, to) => network.isBlocked(from, to));
    this.#images = new ImageWatch((check, message) => quorum.violate(check, message));
    this.history = new ObjectHistory(
      { noun: "topic", model: topicModel, changes: ({ kind }) => kind !== "read" },
      {
        objects: plan.registers,
        operationsMax: 40,
        lostMax: 4,
        violate: (message) => quorum.violate("linearizable", message),
      },
    );
    const clients = Array.from({ length: plan.clients }, (_, i) => this.#makeClient(i + 1));
    this.clients = clients.map((client) => this.#afterBroker(client));
  }

  makeGuest(host: GuestHost): ControllerGuest {
    return new ControllerGuest({ host, rpc: this.#rpc, images: this.#images, planted: this.#planted });
  }

  #makeClient(id: number): MetadataClient {
    const { habits } = this.#quorum.plan;
    return new MetadataClient({
      name: `c${id}`,
      number: id,
      quorum: this.#quorum,
      history: this.history,
      rpc: this.#rpc,
      images: this.#images,
      readRate: id % 2 === 0 ? 0.8 : habits.readRate,
    });
  }

  /** A client that begins when there is a broker, without which no topic can be. */
  #afterBroker(client: MetadataClient): Caller {
    const start = (): void => {
      const controllers = this.#quorum.nodes.flatMap(({ guest }) => guest?.controller ?? []);
      if (controllers.some(({ image }) => image.broker(1))) {
        client.start();
        return;
      }
      const active = controllers.find((controller) => controller.isActive);
      if (active !== undefined) register(active);
      this.#quorum.world.after(lookMs, start);
    };
    return {
      get isIdle() {
        return client.isIdle;
      },
      start,
      stop: () => client.stop(),
      slowDown: (waitMs) => client.slowDown(waitMs),
    };
  }
}

/** A broker that is there for good: nothing but its registration. */
function register(controller: Controller): void {
  const bytes = new Uint8Array(16).fill(1);
  const value = {
    brokerId: 1,
    directoryId: bytes,
    incarnationId: bytes,
    listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "b1", port: 9092 }],
    grpcHost: "b1",
    grpcPort: 1,
    fenced: false,
    inControlledShutdown: false,
  };
  const written = controller.write({ principal: "Broker:1", request: "register" }, (state) => ({
    records: state.brokers.has(1)
      ? []
      : [create(MetadataRecordSchema, { record: { case: "registerBroker", value } })],
    response: undefined,
  }));
  written.catch(() => {}); // it is looked for again
}
