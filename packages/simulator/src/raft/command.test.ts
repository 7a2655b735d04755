import { expect, test } from "vitest";
import { type Command, decodeCommand, encodeCommand } from "./command.ts";

test.each<Command>([
  { id: "c1.2", key: "r3", input: { kind: "write", value: "c1.2" } },
  { id: "c1.3", key: "r3", input: { kind: "compareAndSet", expected: "c1.2", value: "c1.3" } },
])("is what it was after a way through bytes, padded or not: %j", (command) => {
  expect(decodeCommand(encodeCommand(command))).toEqual(command);
  expect(decodeCommand(encodeCommand(command, 100))).toEqual(command);
  expect(encodeCommand(command, 100).length).toBe(encodeCommand(command).length + 100);
});
