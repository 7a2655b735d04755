import { ApiError } from "../errors/api-error.ts";

/** The request of a unary or server streaming call, where a transport hands over all requests as a stream. */
export async function firstRequest<M>(requests: AsyncIterator<M, undefined>): Promise<M> {
  const { value } = await requests.next();
  if (value === undefined)
    throw new ApiError("INVALID_REQUEST", { detail: "the call came without a request" });
  return value;
}
