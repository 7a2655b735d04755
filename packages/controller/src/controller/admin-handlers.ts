import type { Origin } from "@millrace/proto/common";
import { ControllerService } from "@millrace/proto/controller";
import type { CallContext, ServiceHandlers } from "@millrace/runtime";
import { decideAllocateProducerIds } from "../decisions/allocate-producer-ids.ts";
import { decideAlterConfigs } from "../decisions/alter-configs.ts";
import { decideCreatePartitions } from "../decisions/create-partitions.ts";
import { decideCreateTopics } from "../decisions/create-topics.ts";
import { decideDeleteTopics } from "../decisions/delete-topics.ts";
import { decideUpdateFeatures } from "../decisions/update-features.ts";
import type { Controller } from "./controller.ts";
import type { OriginInit } from "./decision-limits.ts";
import { featuresOfControllers } from "./features-of-controllers.ts";
import { originOf } from "./request-origin.ts";

export type MetadataMethod =
  | "createTopics"
  | "deleteTopics"
  | "createPartitions"
  | "alterConfigs"
  | "updateFeatures"
  | "allocateProducerIds";

/** Changes of the metadata that brokers forward. Only roles may call: they say on whose behalf. */
export function adminHandlers(
  controller: Controller,
): Pick<ServiceHandlers<typeof ControllerService>, MetadataMethod> {
  const { method } = ControllerService;
  const origin = (context: CallContext, { name }: { readonly name: string }, stated?: Origin): OriginInit =>
    originOf(controller.clusterId, context, name, stated);
  /** An observer that has applied up to here sees the change: its commit is what the caller waited for. */
  const metadataOffset = (): bigint => BigInt(controller.image.offset);
  return {
    createTopics: async (request, context) => {
      const topics = await controller.write(
        origin(context, method.createTopics, request.origin),
        (state, env) => decideCreateTopics(state, request, controller.topicDefaults, env),
      );
      return { topics, metadataOffset: metadataOffset() };
    },
    deleteTopics: async (request, context) => {
      const topics = await controller.write(origin(context, method.deleteTopics, request.origin), (state) =>
        decideDeleteTopics(state, request),
      );
      return { topics, metadataOffset: metadataOffset() };
    },
    createPartitions: async (request, context) => {
      const topics = await controller.write(
        origin(context, method.createPartitions, request.origin),
        (state, env) => decideCreatePartitions(state, request, env),
      );
      return { topics, metadataOffset: metadataOffset() };
    },
    alterConfigs: async (request, context) => {
      const resources = await controller.write(
        origin(context, method.alterConfigs, request.origin),
        (state) => decideAlterConfigs(state, request),
      );
      return { resources, metadataOffset: metadataOffset() };
    },
    updateFeatures: async (request, context) => {
      const from = origin(context, method.updateFeatures, request.origin);
      const controllers = await featuresOfControllers(controller, context.signal);
      await controller.write(from, (state) => decideUpdateFeatures(state, request, controllers));
      return { metadataOffset: metadataOffset() };
    },
    allocateProducerIds: async ({ brokerId, brokerEpoch, origin: stated }, context) => {
      const block = await controller.write(origin(context, method.allocateProducerIds, stated), (state) =>
        decideAllocateProducerIds(state, { brokerId, brokerEpoch: Number(brokerEpoch) }),
      );
      return { firstProducerId: BigInt(block.firstProducerId), count: block.count };
    },
  };
}
