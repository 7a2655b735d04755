import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantViolation } from "../assert.ts";
import { BufferPool, type PooledBuffer } from "./buffer-pool.ts";

test("memory is used again once its last holder let go, and not before", () => {
  const pool = new BufferPool({ freeBytesMax: 1_000_000 });
  const first = pool.take(60_000);
  expect(first.bytes.length).toBe(65_536);
  first.hold();
  first.release();
  expect(pool.take(60_000).bytes).not.toBe(first.bytes);
  first.release();
  expect(pool.freeBytes).toBe(65_536);
  expect(pool.take(65_536).bytes).toBe(first.bytes);
  expect(pool.freeBytes).toBe(0);
});

test("whoever releases once too often is told, and harms nobody else", () => {
  const pool = new BufferPool({ freeBytesMax: 1_000_000 });
  const stale = pool.take(20_000);
  stale.release();
  const next = pool.take(20_000);
  expect(next.bytes).toBe(stale.bytes);
  expect(() => stale.release()).toThrow(InvariantViolation);
  expect(() => stale.hold()).toThrow(InvariantViolation);
  next.release();
});

test("keeps no more free memory than it may", () => {
  const pool = new BufferPool({ freeBytesMax: 2_097_152 });
  const buffers = Array.from({ length: 4 }, () => pool.take(1_000_000));
  for (const buffer of buffers) buffer.release();
  expect(pool.freeBytes).toBe(2_097_152);
  pool.setFreeBytesMax(1_500_000);
  expect(pool.freeBytes).toBe(1_048_576);
  pool.setFreeBytesMax(0);
  expect(pool.freeBytes).toBe(0);
});

test("what fits no class gets exactly its size, and is not kept", () => {
  const pool = new BufferPool({ freeBytesMax: 100_000_000 });
  for (const bytes of [0, 100, 4_095, 1_048_577, 5_000_000]) {
    const buffer = pool.take(bytes);
    expect(buffer.bytes.length).toBe(bytes);
    buffer.release();
  }
  expect(pool.freeBytes).toBe(0);
});

test("no two holders ever have the same memory", () => {
  const step = fc.record({ take: fc.boolean(), bytes: fc.integer({ min: 1, max: 1_200_000 }), at: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(3_000_000), (steps, freeBytesMax) => {
      const freed = (bytes: Buffer) => bytes.fill(0xdd, 0, 1);
      const pool = new BufferPool({ freeBytesMax, freed });
      const held: { readonly buffer: PooledBuffer; readonly mark: number }[] = [];
      for (const [index, { take, bytes, at }] of steps.entries()) {
        if (take || held.length === 0) {
          const buffer = pool.take(bytes);
          expect(buffer.bytes.length).toBeGreaterThanOrEqual(bytes);
          buffer.bytes[0] = index;
          held.push({ buffer, mark: index });
        } else {
          held.splice(at % held.length, 1)[0]!.buffer.release();
        }
        for (const { buffer, mark } of held) expect(buffer.bytes[0]).toBe(mark);
        expect(pool.freeBytes).toBeLessThanOrEqual(freeBytesMax);
      }
    }),
    { numRuns: 100 },
  );
});

test("large memory that is not kept is given back at once, and is nobody's to read", () => {
  const pool = new BufferPool({ freeBytesMax: 0 });
  const large = pool.take(3 * 1024 * 1024);
  const { bytes } = large.hold();
  large.release();
  expect(bytes.buffer.byteLength).toBe(3 * 1024 * 1024);
  large.release();
  expect(bytes.buffer.byteLength).toBe(0);
});
