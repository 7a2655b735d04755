import type { MessageInitShape } from "@bufbuild/protobuf";
import { brokerConfigValue, uuidFromPeer } from "@millrace/controller";
import type { DeletedTopicSchema, TopicReferenceSchema } from "@millrace/proto/admin";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { eachServed } from "./admin-item.ts";
import { changeMetadata, originOf } from "./change-metadata.ts";

export type TopicReferenceInit = MessageInitShape<typeof TopicReferenceSchema>;
export type DeletedTopicInit = MessageInitShape<typeof DeletedTopicSchema>;

/** Results in the order of the references. Rejects when there is no answer for any of them. */
export function deleteTopics(
  broker: Broker,
  context: RequestContext,
  references: readonly TopicReferenceInit[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<DeletedTopicInit[]> {
  const { controller, metadata, configView } = broker;
  const enabled = brokerConfigValue(metadata.image, configView, "delete.topic.enable");
  return eachServed<TopicReferenceInit, DeletedTopicInit>(
    references,
    (reference) => (enabled ? refusal(broker, context, reference) : new ApiError("TOPIC_DELETION_DISABLED")),
    async (allowed) => {
      const request = { topics: allowed, origin: originOf(context) };
      const response = await changeMetadata(broker, timeoutMs, (options) =>
        controller.deleteTopics(request, options),
      );
      return response.topics;
    },
    ({ reference }, error) => ({
      name: reference?.case === "name" ? reference.value : "",
      ...(reference?.case === "topicId" && { topicId: reference.value }),
      error,
    }),
  );
}

/** An id that may not be seen is refused without its name; one that does not exist is for the controller to say. */
function refusal(
  broker: Broker,
  context: RequestContext,
  { reference }: TopicReferenceInit,
): ApiError | undefined {
  const name = reference?.case === "topicId" ? nameOf(broker, reference.value) : reference?.value;
  if (name === undefined) return undefined;
  const { authorizer } = broker;
  const allowed =
    authorizer.isAllowed(context, "DESCRIBE", "topic", name) &&
    authorizer.isAllowed(context, "DELETE", "topic", name);
  return allowed ? undefined : new ApiError("TOPIC_AUTHORIZATION_FAILED");
}

function nameOf({ metadata }: Broker, topicId: Uint8Array): string | undefined {
  const id = uuidFromPeer(topicId);
  return id === undefined ? undefined : metadata.image.topicById(id)?.name;
}
