import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreatePartitionsRequest, MorePartitions, NamedResultSchema } from "@millrace/proto/admin";
import type { MetadataRecord } from "@millrace/proto/metadata";
import type { DecideEnv } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import type { MetadataState } from "../image/metadata-state.ts";
import { partitionRecords } from "../image/partition-records.ts";
import {
  eachItem,
  type MetadataAcceptance,
  PARTITIONS_PER_REQUEST_MAX,
  repeated,
} from "./metadata-decision.ts";
import { assignedPartitions, placedPartitions } from "./new-partitions.ts";

type NamedResultInit = MessageInitShape<typeof NamedResultSchema>;

export function decideCreatePartitions(
  state: MetadataState,
  request: Pick<CreatePartitionsRequest, "topics" | "validateOnly">,
  env: DecideEnv,
): MetadataAcceptance<NamedResultInit[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(request.topics.map(({ name }) => name));
  let partitionsLeft = PARTITIONS_PER_REQUEST_MAX;
  const response = eachItem<MorePartitions, NamedResultInit>(
    request.topics,
    (more) => {
      if (duplicates.has(more.name)) {
        throw new ApiError("INVALID_REQUEST", { detail: "Duplicate topic name." });
      }
      const topic = state.topics.get(more.name);
      if (topic === undefined) throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
      const present = topic.partitions.count;
      const additional = additionalPartitions(more, present, partitionsLeft);
      const replicationFactor = topic.partitions.replicas(0).length;
      const added =
        more.assignments.length > 0
          ? assignedPartitions(
              state,
              more.assignments.map(({ brokerIds }) => brokerIds),
              present,
              replicationFactor,
            )
          : placedPartitions(state, additional, replicationFactor, env);
      partitionsLeft -= additional;
      if (!request.validateOnly) records.push(...partitionRecords(topic.id, present, added));
      return { name: more.name };
    },
    ({ name }, error) => ({ name, error }),
  );
  return { records, response };
}

/** How many there are to add; the request may say which brokers get them. */
function additionalPartitions(more: MorePartitions, present: number, limit: number): number {
  const additional = more.partitions - present;
  if (additional === 0) throw invalidPartitions(`Topic already has ${present} partition(s).`);
  if (additional < 0) {
    throw invalidPartitions(
      `The topic ${more.name} currently has ${present} partition(s); ${more.partitions} would not be an increase.`,
    );
  }
  const isAssigned = more.assigned || more.assignments.length > 0;
  if (isAssigned && more.assignments.length !== additional) {
    throw new ApiError("INVALID_REPLICA_ASSIGNMENT", {
      detail: `Attempted to add ${additional} additional partition(s), but only ${more.assignments.length} assignment(s) were specified.`,
    });
  }
  if (additional > limit) {
    throw new ApiError("POLICY_VIOLATION", {
      detail: `Excessively large number of partitions per request: at most ${PARTITIONS_PER_REQUEST_MAX} are created at once.`,
    });
  }
  return additional;
}

function invalidPartitions(detail: string): ApiError {
  return new ApiError("INVALID_PARTITIONS", { detail });
}
