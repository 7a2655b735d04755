import {
  type Connect,
  Controller,
  type MetadataImage,
  raftQuorum,
  type ServedController,
  serveController,
} from "@millrace/controller";
import type { RaftNode, RaftNodeOptions } from "@millrace/raft";
import type { CommitLog } from "@millrace/replicated-state";
import { type Clock, noMetrics, noTracer, ServiceTable } from "@millrace/runtime";
import type { Guest, GuestHost } from "../raft/guest.ts";
import type { SimulatedRpc } from "../rpc/simulated-rpc.ts";
import type { BrokerPlan } from "./broker-plan.ts";
import { clusterId } from "./cluster-id.ts";
import type { ImageWatch } from "./image-watch.ts";
import { ObservedCommitLog } from "./observed-commit-log.ts";
import type { PlantedControllerBug } from "./planted-controller-bugs.ts";

interface ControllerGuestOptions {
  readonly host: GuestHost;
  readonly rpc: SimulatedRpc;
  readonly images: ImageWatch;
  readonly brokers: BrokerPlan;
  readonly planted: PlantedControllerBug;
}

/** A controller over a raft log, served to clients and to the other controllers. */
export class ControllerGuest implements Guest {
  readonly #options: ControllerGuestOptions;
  #controller: Controller | undefined;
  #served: ServedController | undefined;
  #log: ObservedCommitLog | undefined;

  constructor(options: ControllerGuestOptions) {
    this.#options = options;
  }

  get controller(): Controller | undefined {
    return this.#controller;
  }

  async open(options: Omit<RaftNodeOptions, "stateMachine">): Promise<RaftNode> {
    const { host, rpc, images, brokers, planted } = this.#options;
    const { sessionTimeoutMs, heartbeatIntervalMs, feedItemsMax } = brokers;
    const applied: GuestHost["applied"] = (entries) => {
      if (!host.process.hasEnded) images.applied(entries);
      host.applied(entries);
    };
    const observed = new ObservedCommitLog(options, { ...host, applied });
    const log: CommitLog = planted.log?.(observed) ?? observed;
    const controller = await Controller.open({
      nodeId: host.member.id,
      clusterId,
      log,
      quorum: raftQuorum(observed),
      connect: this.#connect(options.runtime.clocks.liveness),
      runtime: { ...options.runtime, metrics: noMetrics, tracer: noTracer },
      timing: { sessionTimeoutMs, heartbeatIntervalMs },
      feedLimits: { itemsMax: feedItemsMax },
    });
    controller.onCommit(() => this.#published(controller.image));
    planted.controller?.(controller);
    const services = new ServiceTable();
    this.#served = serveController(controller, services);
    rpc.serve(host.host, { process: host.process, services });
    this.#controller = controller;
    this.#log = observed;
    return observed.node;
  }

  async stop(): Promise<void> {
    await this.#served?.close();
    await this.#controller?.close();
  }

  /** The image that holds everything committed before the call. */
  async readImage(): Promise<MetadataImage> {
    const controller = this.#controller as Controller;
    if (this.#options.planted.readsWithoutIndex) return controller.image;
    const index = (await this.#log?.node.readIndex()) ?? 0;
    while (controller.image.offset < index) {
      // A group of decisions is published when all of it is committed.
      await new Promise<void>((resolve) => {
        const off = controller.onCommit(() => {
          off();
          resolve();
        });
      });
    }
    return controller.image;
  }

  #connect(clock: Clock): Connect {
    const { host: own, rpc } = this.#options;
    const peer = {
      kind: "role",
      role: "controller",
      nodeId: own.member.id,
      clusterId,
      address: own.host,
    } as const;
    return ({ host }) => rpc.connect({ host: own.host, peer, process: own.process, clock }, host);
  }

  #published(image: MetadataImage): void {
    const { host, images } = this.#options;
    if (!host.process.hasEnded) images.published(host.process.name, image);
  }
}
