import { configResourceTypes } from "@millrace/controller";
import { ConfigAlteration_Operation } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import { errorTable, type Random, randomBelow } from "@millrace/runtime";
import type { ObjectHistory, OpenCall } from "../linearizability/object-history.ts";
import type { Caller } from "../raft/guest.ts";
import type { Quorum } from "../raft/quorum.ts";
import type { QuorumNode } from "../raft/quorum-node.ts";
import type { SimulatedRpc } from "../rpc/simulated-rpc.ts";
import { clusterId } from "./cluster-id.ts";
import type { ControllerGuest } from "./controller-guest.ts";
import { callMark, type ImageWatch } from "./image-watch.ts";
import type { SeenTopic, TopicInput, TopicOutput } from "./topic-model.ts";

export type TopicHistory = ObjectHistory<SeenTopic | null, TopicInput, TopicOutput>;
type Node = QuorumNode<ControllerGuest>;

interface MetadataClientOptions {
  readonly name: string;
  /** Makes its values its own: setting what is set already changes nothing. Below 100. */
  readonly number: number;
  readonly quorum: Quorum<ControllerGuest>;
  readonly history: TopicHistory;
  readonly rpc: SimulatedRpc;
  readonly images: ImageWatch;
  readonly readRate: number;
  /** As many as there are brokers, at most. */
  readonly replicasMax: number;
}

/** Any config of a topic that takes a number. */
const configName = "retention.ms";
/** Where nobody leads, asking again at once would only fill the transcript. */
const backOffMs = 50;

/** Changes and reads topics, one call after the other, each at any controller. */
export class MetadataClient implements Caller {
  readonly #options: MetadataClientOptions;
  readonly #random: Random;
  #calls = 0;
  #isIdle = true;
  #isDone = false;
  #waitMs = 0;

  constructor(options: MetadataClientOptions) {
    this.#options = options;
    this.#random = options.quorum.world.random.fork(options.name);
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  start(): void {
    this.#isDone = false;
    this.#think(this.#waitMs);
  }

  stop(): void {
    this.#isDone = true;
  }

  slowDown(waitMs: number): void {
    this.#waitMs = waitMs;
  }

  #think(waitMs: number): void {
    const { world, plan } = this.#options.quorum;
    world.after(waitMs + this.#random.fraction() * plan.habits.thinkMsMax, () => {
      if (!this.#isDone) this.#call();
    });
  }

  #call(): void {
    const { quorum, history } = this.#options;
    const able = quorum.nodes.filter(({ guest, node }) => guest?.controller && node?.status.leader);
    const at = able[randomBelow(this.#random, Math.max(1, able.length))];
    if (at === undefined) {
      this.#think(this.#waitMs + backOffMs);
      return;
    }
    this.#calls += 1;
    const topic = history.nameAt(randomBelow(this.#random, 1_000));
    const input = this.#choose();
    const call = this.#begin(at, topic, input);
    if (input.kind === "read") at.machine.process?.enter(() => this.#read(at, topic, call));
    else this.#change(at, topic, { input, call });
  }

  #choose(): TopicInput {
    if (this.#random.fraction() < this.#options.readRate) return { kind: "read" };
    const partitions = 1 + randomBelow(this.#random, 6);
    const config = String(this.#calls * 100 + this.#options.number);
    const kinds = ["create", "create", "delete", "grow", "alter", "alter"] as const;
    const kind = kinds[randomBelow(this.#random, kinds.length)] ?? "create";
    if (kind === "create") return { kind, partitions, config };
    if (kind === "grow") return { kind, partitions };
    return kind === "alter" ? { kind, config } : { kind };
  }

  get #id(): string {
    return `${this.#options.name}.${this.#calls}`;
  }

  /** A call that ends once: with what comes first, an answer or the timeout. */
  #begin(at: Node, topic: string, input: TopicInput): OpenCall<TopicOutput> {
    const { quorum, history, name } = this.#options;
    const { world, plan } = quorum;
    const id = this.#id;
    world.note(`${name} calls ${id} at ${at.machine.name} ${topic} ${JSON.stringify(input)}`);
    const call = history.call(name, topic, input);
    this.#isIdle = false;
    const end = (what: string, how: () => void, waitMs = this.#waitMs): void => {
      if (this.#isIdle || this.#id !== id) return;
      this.#isIdle = true;
      world.note(`${id} ${what}`);
      how();
      if (!this.#isDone) this.#think(waitMs);
    };
    world.after(plan.habits.timeoutMs, () => end("timed out", () => call.lost()));
    return {
      answered: (output) => end(`answered ${JSON.stringify(output)}`, () => call.answered(output)),
      lost: () => end("lost", () => call.lost(), this.#waitMs + backOffMs),
      refused: () => end("refused", () => call.refused(), this.#waitMs + backOffMs),
    };
  }

  #read(at: Node, name: string, call: OpenCall<TopicOutput>): void {
    at.guest?.readImage().then(
      (image) => {
        const topic = image.topic(name);
        const config = image.configs({ type: configResourceTypes.topic, name }).get(configName) ?? "";
        call.answered({ topic: topic && { partitions: topic.partitions.count, config } });
      },
      () => call.lost(),
    );
  }

  #change(
    at: Node,
    topic: string,
    { input, call }: { readonly input: TopicInput; readonly call: OpenCall<TopicOutput> },
  ): void {
    const id = this.#id;
    this.#send(at, topic, input).then(
      ({ error, offset }) => {
        if (error === 0) this.#options.images.acknowledged(id, offset);
        // That depends on the brokers, which the topic knows nothing of.
        if (error === errorTable.INVALID_REPLICATION_FACTOR.code) call.refused();
        else call.answered({ error });
      },
      () => call.lost(),
    );
  }

  async #send(
    at: Node,
    name: string,
    input: TopicInput,
  ): Promise<{ readonly error: number; readonly offset: number }> {
    const { rpc, name: client, replicasMax } = this.#options;
    const random = this.#random;
    const peer = { kind: "role", role: "broker", nodeId: 1, clusterId, address: client } as const;
    const controller = rpc.connect({ host: client, peer }, at.machine.name).client(ControllerService);
    const origin = { principal: callMark(this.#id), request: input.kind };
    const { items, metadataOffset } = await send();
    return { error: items[0]?.error?.code ?? 0, offset: Number(metadataOffset) };

    async function send() {
      switch (input.kind) {
        case "create": {
          const { partitions, config } = input;
          const replicationFactor = 1 + randomBelow(random, replicasMax);
          const topics = [{ name, partitions, replicationFactor, configs: { [configName]: config } }];
          const { topics: items, metadataOffset } = await controller.createTopics({ topics, origin });
          return { items, metadataOffset };
        }
        case "grow": {
          const topics = [{ name, partitions: input.partitions }];
          const { topics: items, metadataOffset } = await controller.createPartitions({ topics, origin });
          return { items, metadataOffset };
        }
        case "alter": {
          const resource = { type: configResourceTypes.topic, name };
          const set = { name: configName, operation: ConfigAlteration_Operation.SET, value: input.config };
          const resources = [{ resource, alterations: [set] }];
          const { resources: items, metadataOffset } = await controller.alterConfigs({ resources, origin });
          return { items, metadataOffset };
        }
        default: {
          const topics = [{ reference: { case: "name" as const, value: name } }];
          const { topics: items, metadataOffset } = await controller.deleteTopics({ topics, origin });
          return { items, metadataOffset };
        }
      }
    }
  }
}
