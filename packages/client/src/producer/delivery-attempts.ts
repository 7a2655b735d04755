import { ApiError } from "@millrace/runtime";

/** What went wrong with one batch on its way, for whoever is told in the end that it did not arrive. */
export class DeliveryAttempts {
  /** The first reason is mostly the real one: what follows may only be what came of it. */
  #first: ApiError | undefined;
  #last: ApiError | undefined;

  failed(error: ApiError): void {
    this.#first ??= error;
    this.#last = error;
  }

  /** The end of the matter: REQUEST_TIMED_OUT, with the first failure as its cause. */
  givenUp(reason: string): ApiError {
    if (this.#first === undefined)
      return new ApiError("REQUEST_TIMED_OUT", { detail: `${reason}; no answer came` });
    const { message: first } = this.#first;
    const last = this.#last?.message;
    const detail = `${reason}; first: ${first}${last === first ? "" : `; last: ${last}`}`;
    return new ApiError("REQUEST_TIMED_OUT", { detail, cause: this.#first });
  }
}
