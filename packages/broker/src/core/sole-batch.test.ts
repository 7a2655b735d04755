import { BatchField } from "@millrace/kafka-protocol";
import { expect, test } from "vitest";
import { batchOf } from "../../test-support/batches.ts";
import { soleBatch } from "./sole-batch.ts";

const first = batchOf({ values: ["a", "b"] });
const next = batchOf({ values: ["c"] });

/** The first bytes of a second batch whose fields were changed. */
function cut(size: number, { length = next.readInt32BE(BatchField.batchLength), format = 2 } = {}): Buffer {
  const bytes = Buffer.from(next);
  bytes.writeInt32BE(length, BatchField.batchLength);
  bytes.writeInt8(format, BatchField.magic);
  return bytes.subarray(0, size);
}

// Each of these was sent to Apache Kafka 4.3.1; its answer is the third column.
const followed: readonly (readonly [string, Buffer, "accepted" | "INVALID_RECORD" | "CORRUPT_MESSAGE"])[] = [
  ["nothing", Buffer.alloc(0), "accepted"],
  ["a byte", Buffer.from([7]), "accepted"],
  ["less than a length", Buffer.alloc(11, 0xff), "accepted"],
  ["a length and no magic", cut(16), "accepted"],
  ["a header that is cut off", cut(40), "accepted"],
  ["a batch without its last byte", cut(next.length - 1), "accepted"],
  ["a cut batch too short for a v2 header", cut(25, { length: 20 }), "accepted"],
  ["a cut message of an old format", cut(25, { length: 20, format: 1 }), "accepted"],
  ["the shortest length, cut", cut(12, { length: 14 }), "accepted"],
  ["a length of 0", Buffer.alloc(12), "CORRUPT_MESSAGE"],
  ["a negative length", Buffer.alloc(12, 0xff), "CORRUPT_MESSAGE"],
  ["a length below any message's", cut(16, { length: 13 }), "CORRUPT_MESSAGE"],
  ["a magic above 2, cut", cut(30, { format: 9 }), "CORRUPT_MESSAGE"],
  ["a negative magic, cut", cut(30, { format: -1 }), "CORRUPT_MESSAGE"],
  ["a whole batch", next, "INVALID_RECORD"],
  ["a whole message of an old format", cut(26, { length: 14, format: 1 }), "INVALID_RECORD"],
  ["what its length calls a whole batch", cut(60, { length: 20 }), "INVALID_RECORD"],
];

test.each(followed)("a batch followed by %s", (_, tail, answer) => {
  const records = Buffer.concat([first, tail]);
  if (answer === "accepted") expect(soleBatch(records)).toEqual(first);
  else expect(() => soleBatch(records)).toThrow(answer);
});

test("a length whose sum overflows in Kafka is refused too, by its name", () => {
  expect(() => soleBatch(Buffer.concat([first, cut(30, { length: 2 ** 31 - 1 })]))).toThrow(
    "CORRUPT_MESSAGE",
  );
});

test("a batch that nothing follows is not copied or cut", () => {
  expect(soleBatch(first)).toBe(first);
});

test.each([
  ["no bytes", Buffer.alloc(0), "INVALID_RECORD"],
  ["less than a length", Buffer.alloc(11, 0xff), "INVALID_RECORD"],
  ["a cut batch", first.subarray(0, 65), "INVALID_RECORD"],
  ["an old format", cut(next.length, { format: 1 }), "INVALID_RECORD"],
  ["a negative length", Buffer.alloc(12, 0xff), "CORRUPT_MESSAGE"],
  ["zeros", Buffer.alloc(16), "CORRUPT_MESSAGE"],
  ["a magic that there is not", cut(next.length, { format: 3 }), "CORRUPT_MESSAGE"],
])("%s in the place of the batch", (_, records, answer) => {
  expect(() => soleBatch(records)).toThrow(answer);
});
