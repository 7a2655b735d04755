import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DeletedTopicSchema, DeleteTopicsRequest, TopicReference } from "@millrace/proto/admin";
import type { MetadataRecord } from "@millrace/proto/metadata";
import { ApiError } from "@millrace/runtime";
import { type MetadataState, type Topic, topicById } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import { uuidFromPeer, uuidToBytes } from "../image/uuid.ts";
import { eachItem, type MetadataAcceptance } from "./metadata-decision.ts";

type DeletedTopicInit = MessageInitShape<typeof DeletedTopicSchema>;

export function decideDeleteTopics(
  state: MetadataState,
  request: Pick<DeleteTopicsRequest, "topics">,
): MetadataAcceptance<DeletedTopicInit[]> {
  const records: MetadataRecord[] = [];
  const deleted = new Set<string>();
  const response = eachItem<TopicReference, DeletedTopicInit>(
    request.topics,
    (reference) => {
      const topic = topicOf(state, reference);
      if (deleted.has(topic.name)) {
        throw new ApiError("INVALID_REQUEST", { detail: "Duplicate topic name or id." });
      }
      deleted.add(topic.name);
      const topicId = uuidToBytes(topic.id);
      records.push(metadataRecord({ case: "removeTopic", value: { topicId } }));
      return { name: topic.name, topicId };
    },
    ({ reference }, error) => ({
      name: reference.case === "name" ? reference.value : "",
      ...(reference.case === "topicId" ? { topicId: reference.value } : {}),
      error,
    }),
  );
  return { records, response };
}

function topicOf(state: MetadataState, { reference }: TopicReference): Topic {
  if (reference.case === "name") {
    const topic = state.topics.get(reference.value);
    if (topic === undefined) throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
    return topic;
  }
  const id = reference.case === "topicId" ? uuidFromPeer(reference.value) : undefined;
  if (id === undefined) {
    throw new ApiError("INVALID_REQUEST", { detail: "Neither topic name nor id were specified." });
  }
  const topic = topicById(state, id);
  if (topic === undefined) throw new ApiError("UNKNOWN_TOPIC_ID");
  return topic;
}
