import type { Origin } from "@millrace/proto/common";
import type { ControllerService } from "@millrace/proto/controller";
import { type CallContext, requireRole, type ServiceHandlers } from "@millrace/runtime";
import { decideAllocateProducerIds } from "../decisions/allocate-producer-ids.ts";
import { decideAlterConfigs } from "../decisions/alter-configs.ts";
import { decideCreatePartitions } from "../decisions/create-partitions.ts";
import { decideCreateTopics } from "../decisions/create-topics.ts";
import { decideDeleteTopics } from "../decisions/delete-topics.ts";
import type { Controller } from "./controller.ts";
import type { OriginInit } from "./decision-limits.ts";

type AdminMethod =
  | "createTopics"
  | "deleteTopics"
  | "createPartitions"
  | "alterConfigs"
  | "allocateProducerIds";

/** Changes that brokers forward. Only roles may call: they say on whose behalf. */
export function adminHandlers(
  controller: Controller,
): Pick<ServiceHandlers<typeof ControllerService>, AdminMethod> {
  /** An observer that has applied up to here sees the change: its commit is what the caller waited for. */
  const metadataOffset = (): bigint => BigInt(controller.image.offset);
  return {
    createTopics: async (request, context) => {
      const origin = originOf(controller.clusterId, context, request.origin, "CreateTopics");
      const topics = await controller.write(origin, (state, env) =>
        decideCreateTopics(state, request, controller.topicDefaults, env),
      );
      return { topics, metadataOffset: metadataOffset() };
    },
    deleteTopics: async (request, context) => {
      const origin = originOf(controller.clusterId, context, request.origin, "DeleteTopics");
      const topics = await controller.write(origin, (state) => decideDeleteTopics(state, request));
      return { topics, metadataOffset: metadataOffset() };
    },
    createPartitions: async (request, context) => {
      const origin = originOf(controller.clusterId, context, request.origin, "CreatePartitions");
      const topics = await controller.write(origin, (state, env) =>
        decideCreatePartitions(state, request, env),
      );
      return { topics, metadataOffset: metadataOffset() };
    },
    alterConfigs: async (request, context) => {
      const origin = originOf(controller.clusterId, context, request.origin, "AlterConfigs");
      const resources = await controller.write(origin, (state) => decideAlterConfigs(state, request));
      return { resources, metadataOffset: metadataOffset() };
    },
    allocateProducerIds: async ({ brokerId, brokerEpoch }, context) => {
      const origin = originOf(controller.clusterId, context, undefined, "AllocateProducerIds");
      const block = await controller.write(origin, (state) =>
        decideAllocateProducerIds(state, { brokerId, brokerEpoch: Number(brokerEpoch) }),
      );
      return { firstProducerId: BigInt(block.firstProducerId), count: block.count };
    },
  };
}

function originOf(
  clusterId: string,
  context: CallContext,
  origin: Origin | undefined,
  request: string,
): OriginInit {
  const peer = requireRole(context, clusterId, "broker", "controller", "coordinator");
  return origin ?? { principal: `${peer.role === "broker" ? "Broker" : peer.role}:${peer.nodeId}`, request };
}
