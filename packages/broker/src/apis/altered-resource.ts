import { type ItemErrorInit, kafkaItemError } from "../core/admin/admin-item.ts";

/** The requests name no time; this is how long Kafka's own clients wait, in milliseconds. */
export const CONFIG_CHANGE_MAX_MS = 30_000;

/** The answer to one resource of both requests that change configs. */
export function alteredResource(
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
  error: ItemErrorInit | undefined,
) {
  return { resourceType, resourceName, ...kafkaItemError(error) };
}
