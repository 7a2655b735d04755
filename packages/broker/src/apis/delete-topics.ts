// DeleteTopics, versions 1-6. KIP-599 (5: error messages), KIP-516 (6: by id).
import { uuidFromPeer, uuidToBytes } from "@millrace/controller";
import { ZERO_UUID } from "@millrace/kafka-protocol";
import {
  type DeletableTopicResultInput,
  type DeleteTopicsRequest,
  deleteTopicsApi,
} from "@millrace/kafka-protocol/messages/delete-topics";
import { ApiError } from "@millrace/runtime";
import { itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import {
  type DeletedTopicInit,
  deleteTopics as deleteInCluster,
  type TopicReferenceInit,
} from "../core/admin/delete-topics.ts";
import { defineApi } from "./kafka-api.ts";

const BY_ID_SINCE = 6;
/** Before, clients did not know TOPIC_DELETION_DISABLED. */
const DISABLED_SINCE = 3;

export const deleteTopics = defineApi({
  api: deleteTopicsApi,
  versions: { min: 1, max: 6 },
  async handle(request, context, broker) {
    const asked = references(request, context.apiVersion);
    const wanted = asked.filter((reference): reference is TopicReferenceInit => !("error" in reference));
    const deleted = await deleteInCluster(broker, context, wanted, request);
    let next = 0;
    const responses = asked.map((reference) =>
      result("error" in reference ? reference : deleted[next++]!, context.apiVersion),
    );
    return { throttleTimeMs: 0, responses };
  },
  refuse: (request, error) => ({
    throttleTimeMs: 0,
    responses: [
      ...request.topics.map(({ name, topicId }) => ({ name, topicId, ...kafkaItemError(itemError(error)) })),
      ...request.topicNames.map((name) => ({ name, ...kafkaItemError(itemError(error)) })),
    ],
  }),
});

/** What is to be deleted, once each, with what cannot even be asked for. */
function references(
  { topics, topicNames }: DeleteTopicsRequest,
  version: number,
): (TopicReferenceInit | DeletedTopicInit)[] {
  const asked = version >= BY_ID_SINCE ? topics : topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  const seen = new Map<string, TopicReferenceInit | DeletedTopicInit>();
  const ambiguous: DeletedTopicInit[] = [];
  for (const { name, topicId } of asked) {
    const key = `${name ?? ""}:${topicId}`;
    const answered = { name: name ?? "", ...(topicId !== ZERO_UUID && { topicId: uuidToBytes(topicId) }) };
    if (name !== null && topicId !== ZERO_UUID) {
      ambiguous.push({
        ...answered,
        error: invalidRequest("You may not specify both topic name and topic id."),
      });
    } else if (name === null && topicId === ZERO_UUID) {
      ambiguous.push({
        ...answered,
        error: invalidRequest("Neither topic name nor id were specified."),
      });
    } else if (seen.has(key)) {
      seen.set(key, {
        ...answered,
        error: invalidRequest(name === null ? "Duplicate topic id." : "Duplicate topic name."),
      });
    } else {
      seen.set(key, {
        reference:
          name === null ? { case: "topicId", value: uuidToBytes(topicId) } : { case: "name", value: name },
      });
    }
  }
  return [...ambiguous, ...seen.values()];
}

function result({ name = "", topicId, error }: DeletedTopicInit, version: number): DeletableTopicResultInput {
  const disabled = error?.code === new ApiError("TOPIC_DELETION_DISABLED").code;
  const told = disabled && version < DISABLED_SINCE ? itemError(new ApiError("INVALID_REQUEST")) : error;
  return {
    name: name === "" ? null : name,
    topicId: (topicId && uuidFromPeer(topicId)) ?? ZERO_UUID,
    ...kafkaItemError(told),
  };
}

function invalidRequest(detail: string) {
  return itemError(new ApiError("INVALID_REQUEST", { detail }));
}
