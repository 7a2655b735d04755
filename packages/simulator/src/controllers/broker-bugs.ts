import { create, type DescService } from "@bufbuild/protobuf";
import { type Controller, NO_LEADER, type Topic, uuidToBytes } from "@millrace/controller";
import { ControllerService } from "@millrace/proto/controller";
import { type MetadataRecord, MetadataRecordSchema } from "@millrace/proto/metadata";
import type { RpcChannel } from "@millrace/runtime";

/** Comes back to the feed and asks for one entry too little. */
export function skipsAfterReconnect(channel: RpcChannel): RpcChannel {
  const controllers = channel.client(ControllerService);
  const skipping: typeof controllers = {
    ...controllers,
    metadataFeed: ({ appliedOffset = -1n, ...rest }, options) =>
      controllers.metadataFeed(
        { ...rest, appliedOffset: appliedOffset < 0n ? appliedOffset : appliedOffset + 1n },
        options,
      ),
  };
  const client = (service: DescService) =>
    service === ControllerService ? skipping : channel.client(service);
  return { client: client as RpcChannel["client"], close: () => channel.close() };
}

/** Gives partitions without a leader one that is in sync, whether it is fenced or not. */
export function electsFenced(controller: Controller): void {
  controller.onCommit(() => {
    if (!controller.isActive) return;
    const written = controller.write({ principal: "bug", request: "elect" }, ({ topics }) => ({
      records: [...topics.values()].flatMap(leadersForLeaderless),
      response: undefined,
    }));
    written.catch(() => {}); // the next commit tries again
  });
}

function leadersForLeaderless({ id, partitions }: Topic): MetadataRecord[] {
  const indexes = Array.from({ length: partitions.count }, (_, index) => index);
  return indexes
    .filter((index) => partitions.leader(index) === NO_LEADER)
    .map((partition) => {
      const value = {
        topicId: uuidToBytes(id),
        partition,
        leader: partitions.isr(partition)[0] ?? NO_LEADER,
      };
      return create(MetadataRecordSchema, { record: { case: "partitionChange", value } });
    });
}
