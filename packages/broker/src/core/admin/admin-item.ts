import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ItemErrorSchema } from "@millrace/proto/common";
import { type ApiError, toApiError } from "@millrace/runtime";

export type ItemErrorInit = MessageInitShape<typeof ItemErrorSchema>;

/** How an item of an answer says what went wrong. */
export function itemError({ code, detail }: ApiError): ItemErrorInit {
  return { code, message: detail };
}

/** What an item's error is to Kafka's clients: code and text, or 0 and null. */
export function kafkaItemError(error: ItemErrorInit | undefined) {
  return { errorCode: error?.code ?? 0, errorMessage: error === undefined ? null : (error.message ?? null) };
}

/**
 * Answers every item of a request in its order: those that `refusal` says something about with that, the others by one
 * call of `serve`, which is left out when there are none.
 */
export async function eachServed<Item, Result>(
  items: readonly Item[],
  refusal: (item: Item) => ApiError | undefined,
  serve: (items: Item[]) => Promise<readonly Result[]>,
  refused: (item: Item, error: ItemErrorInit) => Result,
): Promise<Result[]> {
  const refusals = items.map(refusal);
  const allowed = items.filter((_, i) => refusals[i] === undefined);
  const served = allowed.length === 0 ? [] : await serve(allowed);
  let next = 0;
  return items.map((item, i) => {
    const error = refusals[i];
    return error === undefined ? served[next++]! : refused(item, itemError(error));
  });
}

/** Runs what answers one item; its error becomes the item's, the other items go on. */
export async function settleItem<Result>(
  work: () => Promise<Result> | Result,
  failed: (error: ApiError) => Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    return failed(toApiError(error));
  }
}
