import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type QuorumChannel, randomUuid } from "@millrace/controller";
import type { Endpoint, Voter } from "@millrace/raft";
import { CryptoRandom } from "@millrace/runtime-node";
import type { BrokerProcessOptions, BrokerReady, Step } from "./broker-process.ts";
import { Child } from "./child.ts";
import type { ControllerProcessOptions, ControllerReady } from "./controller-process.ts";
import type { ProcessMeasures } from "./process-measures.ts";
import { quorumOfEndpoints } from "./quorum-of-endpoints.ts";
import { until } from "./until.ts";

export interface ClusterOptions {
  /** Everything is below it. */
  readonly directory: string;
  readonly controllers: number;
  readonly brokers: number;
  readonly snapshotEveryBytes: number;
  readonly execArgv: readonly string[];
}

const basePort = 19_190;
const newId = (): string => randomUuid(new CryptoRandom());

/** Controllers and stand-in brokers, each in a process of its own. */
export class Cluster {
  readonly clusterId = newId();
  readonly controllers = new Map<number, Child>();
  readonly brokers = new Map<number, Child>();
  readonly #options: ClusterOptions;
  readonly #voters: readonly Voter[];
  readonly #brokerDirectories = new Map<number, string>();
  readonly #started: Child[] = [];

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#voters = Array.from({ length: options.controllers }, (_, i) => ({
      id: i + 1,
      directoryId: newId(),
      endpoint: { host: "127.0.0.1", port: basePort + i + 1 },
    }));
  }

  get endpoints(): readonly Endpoint[] {
    return this.#voters.map(({ endpoint }) => endpoint);
  }

  async start(): Promise<void> {
    for (const { id } of this.#voters) await this.startController(id);
    for (let id = 1; id <= this.#options.brokers; id++) {
      const { child } = await this.startBroker(id);
      await child.ask("join");
    }
  }

  /** A voter, at its first start or again. */
  async startController(nodeId: number): Promise<ControllerReady> {
    const self = this.#voters.find(({ id }) => id === nodeId)!;
    return await this.#startController({ self, bootstrapVoters: this.#voters });
  }

  /** On an empty disk, and so another member: it follows the quorum. */
  async startWipedController(nodeId: number): Promise<ControllerReady> {
    await rm(this.#controllerDirectory(nodeId), { recursive: true });
    const voter = this.#voters.find(({ id }) => id === nodeId)!;
    return await this.#startController({ self: { ...voter, directoryId: newId() }, bootstrapVoters: [] });
  }

  async startBroker(brokerId: number): Promise<{ readonly child: Child; readonly ready: BrokerReady }> {
    const directoryId = this.#brokerDirectories.get(brokerId) ?? newId();
    this.#brokerDirectories.set(brokerId, directoryId);
    const { clusterId, endpoints: controllers } = this;
    const options: BrokerProcessOptions = { brokerId, clusterId, directoryId, controllers };
    const started = await this.#spawn<BrokerReady>("./broker-process.ts", options);
    this.brokers.set(brokerId, started.child);
    return started;
  }

  async killController(nodeId: number): Promise<void> {
    await this.controllers.get(nodeId)?.kill();
    this.controllers.delete(nodeId);
  }

  async killBroker(brokerId: number): Promise<void> {
    await this.brokers.get(brokerId)?.kill();
    this.brokers.delete(brokerId);
  }

  /** For whom administers the cluster. */
  channel(): QuorumChannel {
    const { clusterId } = this;
    return quorumOfEndpoints(this.endpoints, {
      kind: "role",
      role: "coordinator",
      nodeId: 0,
      clusterId,
      address: "",
    });
  }

  async active(): Promise<{ readonly nodeId: number; readonly child: Child }> {
    const found = async () => {
      for (const [nodeId, child] of this.controllers) {
        if (await child.ask<boolean>("isActive")) return { nodeId, child };
      }
      return undefined;
    };
    return (await until(found, (active) => active !== undefined))!;
  }

  /** Resolves when every broker has applied `offset`, with when the last one had. */
  async brokersApplied(offset: number): Promise<number> {
    const steps = [...this.brokers.values()].map((broker) =>
      until(
        () => broker.ask<Step>("lastStep"),
        (step) => step.offset >= offset,
      ),
    );
    return Math.max(...(await Promise.all(steps)).map(({ at }) => at));
  }

  async controllerApplied(nodeId: number, offset: number): Promise<void> {
    const child = this.controllers.get(nodeId)!;
    await until(
      () => child.ask<number>("offset"),
      (applied) => applied >= offset,
    );
  }

  /** Of every process, by its name. */
  async measure(): Promise<Record<string, ProcessMeasures>> {
    const named = [
      ...[...this.controllers].map(([id, child]) => [`controller ${id}`, child] as const),
      ...[...this.brokers].map(([id, child]) => [`broker ${id}`, child] as const),
    ];
    const measured: Record<string, ProcessMeasures> = {};
    for (const [name, child] of named) measured[name] = await child.ask<ProcessMeasures>("measure");
    return measured;
  }

  async close(): Promise<void> {
    for (const child of this.#started) await child.end();
  }

  async #startController(
    options: Pick<ControllerProcessOptions, "self" | "bootstrapVoters">,
  ): Promise<ControllerReady> {
    const { id } = options.self;
    const { child, ready } = await this.#spawn<ControllerReady>("./controller-process.ts", {
      ...options,
      clusterId: this.clusterId,
      directory: this.#controllerDirectory(id),
      snapshotEveryBytes: this.#options.snapshotEveryBytes,
      contacts: this.endpoints.filter((_, i) => i + 1 !== id),
    } satisfies ControllerProcessOptions);
    this.controllers.set(id, child);
    return ready;
  }

  async #spawn<Ready>(program: string, options: unknown) {
    const { execArgv } = this.#options;
    const started = await Child.start<Ready>(program, options, { execArgv });
    this.#started.push(started.child);
    return started;
  }

  #controllerDirectory(nodeId: number): string {
    return join(this.#options.directory, `controller-${nodeId}`);
  }
}
