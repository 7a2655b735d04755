import { takeMeasures } from "./process-measures.ts";

/** What a child process does for the program that measures, by name. */
export type Commands = Readonly<Record<string, () => unknown>>;

/** A child's answer to the command of the same number. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

export interface Command {
  readonly id: number;
  readonly name: string;
}

/** Serves commands over the channel to the parent; the process ends with its parent. `ready` is the answer to number 0. */
export function serveCommands(commands: Commands, ready: unknown): void {
  takeMeasures(); // what starting takes is nobody's stall
  process.on("disconnect", () => process.exit(0));
  process.on("message", ({ id, name }: Command) => void answer(id, commands[name]));
  send({ id: 0, result: ready });
}

async function answer(id: number, command: (() => unknown) | undefined): Promise<void> {
  try {
    if (command === undefined) throw new Error("no such command");
    send({ id, result: await command() });
  } catch (error) {
    send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function send(message: Answer): void {
  process.send?.(message);
}
