import { invalidTopicName } from "@millrace/controller";
import { type ErrorName, errorByCode, toApiError, within } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import type { RequestContext } from "../request-context.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { originOf } from "./admin/change-metadata.ts";
import { isInternalTopic } from "./topic-names.ts";

/** How long an answer waits for its topics, in milliseconds. Later the client asks again, as it would at once in Kafka. */
const WAIT_MAX_MS = 500;

/** Why a topic that somebody asked for was not created. */
export type CreationFailures = ReadonlyMap<string, ErrorName>;

/**
 * Creates topics because a client asked for their metadata (`auto.create.topics.enable`), with the broker's defaults.
 * Resolves when this broker can serve them, at the latest after half a second; those that are still missing then, or
 * that may not be created, are in the result or simply not there.
 */
export async function autoCreateTopics(
  broker: Broker,
  context: RequestContext,
  names: readonly string[],
): Promise<CreationFailures> {
  const failures = new Map<string, ErrorName>();
  const wanted = names.filter((name) => mayCreate(broker, context, name, failures));
  if (wanted.length > 0) {
    await within(broker.runtime.clocks.liveness, WAIT_MAX_MS, create(broker, context, wanted, failures));
  }
  return failures;
}

function mayCreate(
  { authorizer }: Broker,
  context: RequestContext,
  name: string,
  failures: Map<string, ErrorName>,
): boolean {
  if (invalidTopicName(name) !== undefined) failures.set(name, "INVALID_TOPIC_EXCEPTION");
  else if (
    !authorizer.isAllowed(context, "CREATE", "cluster", CLUSTER_NAME) &&
    !authorizer.isAllowed(context, "CREATE", "topic", name)
  ) {
    failures.set(name, "TOPIC_AUTHORIZATION_FAILED");
  }
  return !failures.has(name) && !isInternalTopic(name);
}

async function create(
  broker: Broker,
  context: RequestContext,
  names: readonly string[],
  failures: Map<string, ErrorName>,
): Promise<void> {
  try {
    const response = await broker.controller.createTopics({
      topics: names.map((name) => ({ name })),
      origin: originOf(context),
    });
    for (const { name, error } of response.topics) {
      const id = error === undefined ? undefined : errorByCode(error.code);
      // Another client was faster: then it is there, or about to be.
      if (id !== undefined && id !== "TOPIC_ALREADY_EXISTS") failures.set(name, id);
    }
    await broker.metadata.whenApplied(Number(response.metadataOffset));
  } catch (error) {
    const { id } = toApiError(error);
    broker.runtime.logger.warn(
      { err: error, topics: names.length, id },
      "topics could not be created automatically",
    );
  }
}
