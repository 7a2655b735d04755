import type { SequentialModel } from "./model.ts";

export type RegisterInput =
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly value: string }
  /** Writes `value` if the register holds `expected`. */
  | { readonly kind: "compareAndSet"; readonly expected: string; readonly value: string };

/** Of a read, the value; of a compare-and-set, whether it wrote; of a write, nothing. */
export interface RegisterOutput {
  readonly value?: string;
  readonly wrote?: boolean;
}

/** One register, which holds the empty string at first. */
export const registerModel: SequentialModel<string, RegisterInput, RegisterOutput> = {
  initial: "",
  next(state, input, output) {
    if (input.kind === "write") return input.value;
    if (input.kind === "read") return output === undefined || output.value === state ? state : undefined;
    const writes = state === input.expected;
    if (output !== undefined && output.wrote !== writes) return undefined;
    return writes ? input.value : state;
  },
  key: (state) => state,
};
