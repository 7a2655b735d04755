import type { SequentialModel } from "../linearizability/model.ts";

export type TopicInput =
  | { readonly kind: "read" }
  | { readonly kind: "create"; readonly partitions: number; readonly config: string }
  | { readonly kind: "delete" }
  /** To so many partitions in all. */
  | { readonly kind: "grow"; readonly partitions: number }
  | { readonly kind: "alter"; readonly config: string };

/** What is to be seen of a topic. */
export interface SeenTopic {
  readonly partitions: number;
  readonly config: string;
}

/** Of a read, what is there; of a change, Kafka's error code, 0 for none. */
export interface TopicOutput {
  readonly topic?: SeenTopic | undefined;
  readonly error?: number;
}

export const topicErrors = { none: 0, unknownTopic: 3, alreadyExists: 36, invalidPartitions: 37 } as const;

/** One topic name: there is no such topic at first. */
export const topicModel: SequentialModel<SeenTopic | null, TopicInput, TopicOutput> = {
  initial: null,
  next(state, input, output) {
    if (input.kind === "read") {
      return output === undefined || key(output.topic ?? null) === key(state) ? state : undefined;
    }
    const error = refusal(state, input);
    if (output !== undefined && output.error !== error) return undefined;
    return error === topicErrors.none ? changed(state, input) : state;
  },
  key,
};

function key(state: SeenTopic | null): string {
  return state === null ? "none" : `${state.partitions} ${state.config}`;
}

function refusal(state: SeenTopic | null, input: TopicInput): number {
  if (input.kind === "create") return state === null ? topicErrors.none : topicErrors.alreadyExists;
  if (state === null) return topicErrors.unknownTopic;
  const grows = input.kind !== "grow" || input.partitions > state.partitions;
  return grows ? topicErrors.none : topicErrors.invalidPartitions;
}

function changed(state: SeenTopic | null, input: TopicInput): SeenTopic | null {
  switch (input.kind) {
    case "create":
      return { partitions: input.partitions, config: input.config };
    case "grow":
      return state && { ...state, partitions: input.partitions };
    case "alter":
      return state && { ...state, config: input.config };
    case "delete":
      return null;
    case "read":
      return state;
  }
}
