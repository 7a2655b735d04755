import type { RegisterInput } from "../linearizability/register-model.ts";

/** A change of one register. `id` is unique in a run, so that a command can be recognised wherever it turns up. */
export interface Command {
  readonly id: string;
  readonly key: string;
  readonly input: Exclude<RegisterInput, { readonly kind: "read" }>;
}

/** Text, so that transcripts and violations can be read. `padding` makes entries of different sizes. */
export function encodeCommand({ id, key, input }: Command, padding = 0): Uint8Array {
  const words =
    input.kind === "write" ? [id, "write", key, input.value] : [id, "set", key, input.value, input.expected];
  return Buffer.from(words.join(" ") + " ".repeat(padding));
}

export function decodeCommand(payload: Uint8Array): Command {
  const [id = "", kind = "", key = "", value = "", expected = ""] = Buffer.from(payload)
    .toString()
    .split(" ");
  const input =
    kind === "write" ? ({ kind, value } as const) : ({ kind: "compareAndSet", value, expected } as const);
  return { id, key, input };
}
