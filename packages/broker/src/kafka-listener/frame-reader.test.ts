import { ByteBudget } from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameMemory } from "./frame-memory.ts";
import { BadFrameLength, FrameReader } from "./frame-reader.ts";

const MIB = 1_048_576;

function memoryOf(budget: ByteBudget): FrameMemory {
  return new FrameMemory(budget, new PoisonedPool());
}

function frameOf(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** A chunk as sockets give it: overwritten after the call. */
function push(reader: FrameReader, chunk: Buffer): void {
  const lent = Buffer.from(chunk);
  reader.push(lent);
  lent.fill(0xdb);
}

test("frames come out as they went in, however the stream is cut", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(bodies, cuts, fc.boolean(), (bodies, cuts, readLate) => {
      const budget = new ByteBudget(MIB);
      const reader = new FrameReader(memoryOf(budget), MIB);
      const stream = Buffer.concat(bodies.map(frameOf));
      const frames: Buffer[] = [];
      const takeAll = () => {
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
          frames.push(Buffer.from(frame.bytes));
          frame.release();
        }
      };
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = cuts[turn % cuts.length]!;
        push(reader, stream.subarray(at, at + size));
        at += size;
        if (!readLate) takeAll();
      }
      takeAll();
      expect(frames).toEqual(bodies.map((body) => Buffer.from(body)));
      expect(reader.midFrame).toBe(false);
      expect(budget.usedBytes).toBe(0);
    }),
  );
});

test("a large frame is gathered from many chunks", () => {
  const budget = new ByteBudget(4 * MIB);
  const reader = new FrameReader(memoryOf(budget), 2 * MIB);
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const stream = frameOf(body);
  for (let at = 0; at < stream.length; at += 7_919) push(reader, stream.subarray(at, at + 7_919));
  const frame = reader.next();
  expect(frame?.bytes.equals(body)).toBe(true);
  expect(budget.usedBytes).toBe(MIB); // the smallest buffer of the pool that holds it
  frame?.release();
  expect(budget.usedBytes).toBe(0);
});

test("what a frame announces costs nothing; what arrives does", () => {
  const budget = new ByteBudget(MIB);
  const reader = new FrameReader(memoryOf(budget), 100 * MIB);
  const start = Buffer.alloc(14);
  start.writeInt32BE(90 * MIB);
  push(reader, start);
  expect(reader.next()).toBeUndefined();
  expect(reader.midFrame).toBe(true);
  expect(budget.usedBytes).toBeLessThanOrEqual(65_536);
  reader.destroy();
  expect(budget.usedBytes).toBe(0);
});

test("lengths that no frame may have end it", () => {
  for (const length of [-1, 2 ** 31 - 1, 1_025]) {
    const reader = new FrameReader(memoryOf(new ByteBudget(MIB)), 1_024);
    const start = Buffer.alloc(4);
    start.writeInt32BE(length);
    push(reader, start);
    expect(() => reader.next()).toThrow(BadFrameLength);
  }
});
