import type { ControllerService } from "@millrace/proto/controller";
import { ApiError, type ServiceClient } from "@millrace/runtime";
import type { BrokerMetadata } from "./broker-metadata.ts";

interface Block {
  nextProducerId: number;
  readonly endProducerId: number;
}

/**
 * Producer ids for clients, from blocks that the controller gave this broker. No id is given twice, also not after a
 * restart: what is left of a block is lost then (KIP-730).
 */
export class ProducerIdPool {
  readonly #nodeId: number;
  readonly #metadata: BrokerMetadata;
  readonly #controller: Pick<ServiceClient<typeof ControllerService>, "allocateProducerIds">;
  #block: Block = { nextProducerId: 0, endProducerId: 0 };
  /** Whoever needs an id while a block is being fetched waits for the same one. */
  #fetching: Promise<void> | undefined;

  constructor(
    nodeId: number,
    metadata: BrokerMetadata,
    controller: Pick<ServiceClient<typeof ControllerService>, "allocateProducerIds">,
  ) {
    this.#nodeId = nodeId;
    this.#metadata = metadata;
    this.#controller = controller;
  }

  /** Rejects with `COORDINATOR_LOAD_IN_PROGRESS`, which clients repeat, while the controller gives no block. */
  async next(): Promise<number> {
    while (this.#block.nextProducerId === this.#block.endProducerId) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
    return this.#block.nextProducerId++;
  }

  async #fetch(): Promise<void> {
    try {
      const brokerEpoch = BigInt(this.#metadata.image.broker(this.#nodeId)?.epoch ?? -1);
      const request = { brokerId: this.#nodeId, brokerEpoch };
      const { firstProducerId, count } = await this.#controller.allocateProducerIds(request);
      const first = Number(firstProducerId);
      this.#block = { nextProducerId: first, endProducerId: first + count };
    } catch (cause) {
      throw new ApiError("COORDINATOR_LOAD_IN_PROGRESS", { cause });
    }
  }
}
