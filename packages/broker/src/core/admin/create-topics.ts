import type { MessageInitShape } from "@bufbuild/protobuf";
import { randomUuid, uuidToBytes } from "@millrace/controller";
import type { CreatedTopicSchema, NewTopicSchema } from "@millrace/proto/admin";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { CLUSTER_NAME } from "../../security/authorizer.ts";
import { eachServed } from "./admin-item.ts";
import { changeMetadata, originOf } from "./change-metadata.ts";

export type NewTopicInit = MessageInitShape<typeof NewTopicSchema>;
export type CreatedTopicInit = MessageInitShape<typeof CreatedTopicSchema>;

export interface ChangeOptions {
  /** Checks everything and changes nothing. */
  readonly validateOnly: boolean;
  readonly timeoutMs: number;
}

/** Results in the order of the topics. Rejects when there is no answer for any of them. */
export function createTopics(
  broker: Broker,
  context: RequestContext,
  topics: readonly NewTopicInit[],
  { validateOnly, timeoutMs }: ChangeOptions,
): Promise<CreatedTopicInit[]> {
  const { authorizer, controller, runtime } = broker;
  const mayCreateAny = authorizer.isAllowed(context, "CREATE", "cluster", CLUSTER_NAME);
  return eachServed<NewTopicInit, CreatedTopicInit>(
    topics,
    ({ name = "" }) =>
      mayCreateAny || authorizer.isAllowed(context, "CREATE", "topic", name)
        ? undefined
        : new ApiError("TOPIC_AUTHORIZATION_FAILED"),
    async (allowed) => {
      // Once for all attempts: what one of them made is known by it to the next.
      const named = allowed.map((topic) => ({ ...topic, topicId: uuidToBytes(randomUuid(runtime.random)) }));
      const request = { topics: named, validateOnly, origin: originOf(context) };
      const response = await changeMetadata(broker, timeoutMs, (options) =>
        controller.createTopics(request, options),
      );
      return response.topics;
    },
    ({ name = "" }, error) => ({ name, error }),
  );
}
