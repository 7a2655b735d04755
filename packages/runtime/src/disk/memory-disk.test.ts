import { describe, expect, test } from "vitest";
import { runDiskSuite } from "../testing/disk-suite.ts";
import { MemoryDisk } from "./memory-disk.ts";

runDiskSuite("MemoryDisk", { make: async () => new MemoryDisk() });

describe("MemoryDisk", () => {
  test("answers at once, without a promise", async () => {
    const file = await new MemoryDisk().open("a", { mode: "write", diskClass: "log" });
    expect(file.write([Buffer.from("x")], 0)).toBeUndefined();
    expect(file.read(Buffer.alloc(1), 0)).toBe(1);
  });

  test("is full at its bound, and has room again when files go", async () => {
    const disk = new MemoryDisk({ bytesMax: 10 });
    const file = await disk.open("a", { mode: "write", diskClass: "log" });
    await file.write([Buffer.alloc(10)], 0);
    await file.write(
      [Buffer.from("over what is there")].map((b) => b.subarray(0, 10)),
      0,
    );
    expect(() => file.write([Buffer.alloc(1)], 10)).toThrow(expect.objectContaining({ code: "FULL" }));
    expect(await disk.freeBytes()).toBe(0);
    await file.truncate(4);
    await disk.replaceFile("b", Buffer.alloc(6));
    await expect(disk.replaceFile("b", Buffer.alloc(1))).rejects.toMatchObject({ code: "FULL" });
    await disk.rename("b", "a");
    expect(await disk.freeBytes()).toBe(4);
    await disk.remove("a");
    expect(await disk.freeBytes()).toBe(10);
  });

  test("takes little more memory than small files hold, and none for holes", async () => {
    const disk = new MemoryDisk();
    const file = await disk.open("index", { mode: "write", diskClass: "log" });
    await file.truncate(2 ** 40);
    const target = Buffer.alloc(3, 1);
    expect(await file.read(target, 2 ** 39)).toBe(3);
    expect([...target]).toEqual([0, 0, 0]);
  });
});
