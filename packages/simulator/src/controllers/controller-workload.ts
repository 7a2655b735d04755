import { randomBelow, type SeededRandom } from "@millrace/runtime";
import { ObjectHistory } from "../linearizability/object-history.ts";
import type { Caller, GuestHost, Workload } from "../raft/guest.ts";
import type { Quorum } from "../raft/quorum.ts";
import { SimulatedRpc } from "../rpc/simulated-rpc.ts";
import { type BrokerPlan, drawBrokerPlan } from "./broker-plan.ts";
import { leaderless, lostUnsettled, unsettled } from "./broker-rest.ts";
import { ControllerGuest } from "./controller-guest.ts";
import { ImageWatch } from "./image-watch.ts";
import { MetadataClient, type TopicHistory } from "./metadata-client.ts";
import type { PlantedControllerBug } from "./planted-controller-bugs.ts";
import { SimulatedBroker } from "./simulated-broker.ts";
import { topicModel } from "./topic-model.ts";

/** How often it is looked whether a broker is in service already. */
const lookMs = 20;

/** Controllers, brokers that follow them, and clients that change and read topics. */
export class ControllerWorkload implements Workload<ControllerGuest> {
  readonly clients: readonly Caller[];
  readonly companions: readonly SimulatedBroker[];
  readonly history: TopicHistory;
  readonly #quorum: Quorum<ControllerGuest>;
  readonly #planted: PlantedControllerBug;
  readonly #rpc: SimulatedRpc;
  readonly #images: ImageWatch;
  readonly #random: SeededRandom;
  readonly #plan: BrokerPlan;
  #healedMs = 0;

  constructor(quorum: Quorum<ControllerGuest>, planted: PlantedControllerBug = {}) {
    this.#quorum = quorum;
    this.#planted = planted;
    const { world, network, plan } = quorum;
    this.#rpc = new SimulatedRpc(world, network);
    this.#images = new ImageWatch((check, message) => quorum.violate(check, message));
    this.#random = world.random.fork("brokers");
    this.#plan = { ...drawBrokerPlan(this.#random), ...planted.brokers };
    world.note(`brokers: ${JSON.stringify(this.#plan)}`);
    this.companions = Array.from({ length: this.#plan.brokers }, (_, i) => this.#makeBroker(i + 1));
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
    return new ControllerGuest({
      host,
      rpc: this.#rpc,
      images: this.#images,
      brokers: this.#plan,
      planted: this.#planted,
    });
  }

  /** Some brokers never come back, the others do. */
  healed(): void {
    this.#healedMs = this.#quorum.world.nowMs;
    const { lost } = this.#plan;
    const left = [...this.companions];
    for (let i = 0; i < lost; i += 1) {
      const [broker] = left.splice(randomBelow(this.#random, left.length), 1);
      broker?.lose(this.#random.fraction() < 0.5 ? "kill" : "cutPower");
    }
    for (const broker of left) if (!broker.isUp) this.#quorum.startLater(broker);
  }

  /** The first thing about the brokers that is not as it has to be some time after the faults. */
  unsettled(): string | undefined {
    const { state, lastOffset: offset } = this.#images.committed;
    const goal = { offset, heardAtMs: this.#healedMs + this.#plan.sessionTimeoutMs };
    for (const broker of this.companions) {
      const wrong = broker.isLost ? lostUnsettled(state, broker) : unsettled(state, broker, goal);
      if (wrong !== undefined) return `${broker.machine.name} ${wrong}`;
    }
    return leaderless(state);
  }

  #makeBroker(id: number): SimulatedBroker {
    return new SimulatedBroker({
      id,
      quorum: this.#quorum,
      rpc: this.#rpc,
      images: this.#images,
      spoiled: this.#planted.brokerChannel,
    });
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
      replicasMax: this.#plan.brokers,
    });
  }

  /** A client that begins when there is a broker, without which no topic can be. */
  #afterBroker(client: MetadataClient): Caller {
    const start = (): void => {
      const images = this.#quorum.nodes.flatMap(({ guest }) => guest?.controller?.image ?? []);
      if (images.some(({ aliveBrokers }) => aliveBrokers.length > 0)) client.start();
      else this.#quorum.world.after(lookMs, start);
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
