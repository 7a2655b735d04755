import { expect, test } from "vitest";
import type { Message } from "../message.ts";
import { SendQueue } from "./send-queue.ts";

const limits = { queueMessagesMax: 3, queueBytesMax: 10_000, batchBytesMax: 2_500 };
const envelope = { from: { id: 1, directoryId: "a" }, to: { id: 2, directoryId: "b" }, term: 1 };
const chunk = (offset: number, bytes: number): Message => ({
  type: "snapshotChunk",
  ...envelope,
  snapshot: { index: 1, term: 1, voters: undefined },
  offset,
  bytes: new Uint8Array(bytes),
  last: false,
  round: 0,
});
const append = (entries: number): Message => ({
  type: "appendRequest",
  ...envelope,
  previous: { index: 0, term: 0 },
  entries: Array.from({ length: entries }, (_, i) => {
    return { index: i + 1, term: 1, kind: "data", payload: new Uint8Array(900) };
  }),
  commitIndex: 0,
  round: 0,
});
const offsets = (messages: readonly Message[]) => messages.map((m) => m.type === "snapshotChunk" && m.offset);

test("drops what is new beyond its number of messages, and takes more when some have left", () => {
  const queue = new SendQueue(limits);
  expect([0, 1, 2, 3].map((offset) => queue.push(chunk(offset, 1)))).toEqual([true, true, true, false]);
  expect(offsets(queue.take())).toEqual([0, 1, 2]);
  expect(queue.isEmpty).toBe(true);
  expect(queue.take()).toEqual([]);
  expect(queue.push(chunk(4, 1))).toBe(true);
  expect(offsets(queue.take())).toEqual([4]);
});

test("counts the bytes of chunks and of entries", () => {
  const queue = new SendQueue(limits);
  expect(queue.push(append(6))).toBe(true);
  expect(queue.push(append(6))).toBe(false);
  expect(queue.push(chunk(0, 4_000))).toBe(true);
  expect(queue.take().map((m) => m.type)).toEqual(["appendRequest"]);
  expect(queue.push(chunk(1, 5_000))).toBe(true);
  expect(queue.push(chunk(2, 5_000))).toBe(false);
});

test("always has room for one message, and sends what is larger than a batch alone", () => {
  const queue = new SendQueue(limits);
  expect(queue.push(chunk(0, 50_000))).toBe(true);
  expect(queue.push(chunk(1, 1))).toBe(false);
  expect(offsets(queue.take())).toEqual([0]);
  for (const [offset, bytes] of [1_000, 1_000, 1_000].entries()) queue.push(chunk(offset, bytes));
  expect(offsets(queue.take())).toEqual([0, 1]);
  expect(offsets(queue.take())).toEqual([2]);
});

test("forgets all when it is cleared", () => {
  const queue = new SendQueue(limits);
  queue.push(chunk(0, 9_000));
  queue.clear();
  expect(queue.isEmpty).toBe(true);
  expect(queue.push(chunk(1, 9_000))).toBe(true);
});
