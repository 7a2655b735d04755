import type { MillraceClient } from "@millrace/client";
import { waitUntil } from "../harness/index.ts";

/** Creates a topic, also when the answer to the first attempt was lost with a controller. */
export async function createSurely(client: MillraceClient, name: string): Promise<void> {
  await waitUntil(
    async () => {
      try {
        await client.admin.createTopics([{ name }]);
        return true;
      } catch (error) {
        if (!(error instanceof Error && error.name === "ApiError" && "id" in error)) throw error;
        return error.id === "TOPIC_ALREADY_EXISTS";
      }
    },
    { until: `topic ${name} is created` },
  );
}
