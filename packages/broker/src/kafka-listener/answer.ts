/** What becomes of one request. */
export interface Answer {
  /** The whole response frame, to be written as it is. Undefined: none is owed (acks=0). */
  readonly chunks: readonly Buffer[] | undefined;
  /** After the response, the connection takes no request for so many milliseconds (KIP-219). 0: it goes on. */
  readonly throttleTimeMs: number;
  /** Runs once the response has left the process, or never will: gives back the memory that it holds. */
  readonly sent?: (() => void) | undefined;
}

export const noAnswer: Answer = { chunks: undefined, throttleTimeMs: 0 };

export function answerBytes({ chunks }: Answer): number {
  let bytes = 0;
  for (const chunk of chunks ?? []) bytes += chunk.length;
  return bytes;
}

/** What the answer itself takes of the budget: one that says when it has left counts what it holds on its own. */
export function budgetBytes(answer: Answer): number {
  return answer.sent === undefined ? answerBytes(answer) : 0;
}

/** The connection cannot go on: what came is not Kafka's protocol, or the protocol has no answer to it. */
export class CloseConnection extends Error {
  override readonly name = "CloseConnection";
}
