import type { MessageInitShape } from "@bufbuild/protobuf";
import { configResourceTypes } from "@millrace/controller";
import type { AlteredResourceSchema, ResourceAlterationSchema } from "@millrace/proto/admin";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { eachServed } from "./admin-item.ts";
import { changeMetadata, originOf } from "./change-metadata.ts";
import { BROKER_LOGGER, configRefusal, foreignId } from "./config-access.ts";
import type { ChangeOptions } from "./create-topics.ts";

export type ResourceAlterationInit = MessageInitShape<typeof ResourceAlterationSchema>;
export type AlteredResourceInit = MessageInitShape<typeof AlteredResourceSchema>;

/** Results in the order of the alterations. Rejects when there is no answer for any of them. */
export function alterConfigs(
  broker: Broker,
  context: RequestContext,
  alterations: readonly ResourceAlterationInit[],
  { validateOnly, timeoutMs }: ChangeOptions,
): Promise<AlteredResourceInit[]> {
  return eachServed<ResourceAlterationInit, AlteredResourceInit>(
    alterations,
    ({ resource }) => refusal(broker, context, resource),
    async (allowed) => {
      const request = { resources: allowed, validateOnly, origin: originOf(context) };
      const response = await changeMetadata(broker, timeoutMs, (options) =>
        broker.controller.alterConfigs(request, options),
      );
      return response.resources;
    },
    ({ resource }, error) => ({ ...(resource !== undefined && { resource }), error }),
  );
}

function refusal(
  broker: Broker,
  context: RequestContext,
  resource: ResourceAlterationInit["resource"],
): ApiError | undefined {
  const { type = 0, name = "" } = resource ?? {};
  const notAllowed = configRefusal(broker, context, "ALTER_CONFIGS", { type, name });
  if (notAllowed !== undefined) return notAllowed;
  if (type === BROKER_LOGGER) {
    return new ApiError("INVALID_REQUEST", { detail: "Log levels cannot be changed logger by logger." });
  }
  // Kafka's clients bring what concerns one broker to that broker.
  return type === configResourceTypes.broker && name !== "" ? foreignId(broker, name) : undefined;
}
