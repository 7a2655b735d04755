import type { ItemError } from "@millrace/proto/common";
import { ApiError, errorByCode } from "@millrace/runtime";

/** The error of one item of an answer, if it has one. */
export function itemError(error: ItemError | undefined): ApiError | undefined {
  if (error === undefined) return undefined;
  return new ApiError(errorByCode(error.code), error.message === "" ? {} : { detail: error.message });
}
