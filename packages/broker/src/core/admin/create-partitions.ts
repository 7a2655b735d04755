import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MorePartitionsSchema, NamedResultSchema } from "@millrace/proto/admin";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { eachServed } from "./admin-item.ts";
import { changeMetadata, originOf } from "./change-metadata.ts";
import type { ChangeOptions } from "./create-topics.ts";

export type MorePartitionsInit = MessageInitShape<typeof MorePartitionsSchema>;
export type NamedResultInit = MessageInitShape<typeof NamedResultSchema>;

/** Results in the order of the topics. Rejects when there is no answer for any of them. */
export function createPartitions(
  broker: Broker,
  context: RequestContext,
  topics: readonly MorePartitionsInit[],
  { validateOnly, timeoutMs }: ChangeOptions,
): Promise<NamedResultInit[]> {
  const { authorizer, controller } = broker;
  return eachServed<MorePartitionsInit, NamedResultInit>(
    topics,
    ({ name = "" }) =>
      authorizer.isAllowed(context, "ALTER", "topic", name)
        ? undefined
        : new ApiError("TOPIC_AUTHORIZATION_FAILED"),
    async (allowed) => {
      const request = { topics: allowed, validateOnly, origin: originOf(context) };
      const response = await changeMetadata(broker, timeoutMs, (options) =>
        controller.createPartitions(request, options),
      );
      return response.topics;
    },
    ({ name = "" }, error) => ({ name, error }),
  );
}
