/** What a sequential object does: the specification that a concurrent history is checked against. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * The state after `input`, or undefined when it could not have answered `output` there. An output of undefined is one
   * that nobody saw: any is allowed.
   */
  next(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal for equal states only. */
  key(state: State): string;
}

/** One call of a client. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  /** When it was called and when it was answered, on one clock whose ticks order all calls and answers. */
  readonly calledAt: number;
  /** Infinite when it was never answered, or with an error that leaves open what became of it: it may still happen. */
  readonly answeredAt: number;
  readonly output: Output | undefined;
}
