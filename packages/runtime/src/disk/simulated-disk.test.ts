import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SimulatedClock } from "../clock/simulated-clock.ts";
import { SeededRandom } from "../seeded-random.ts";
import { runDiskSuite } from "../testing/disk-suite.ts";
import type { DiskFile } from "./disk.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const makeDisk = (seed: number | string = 0, bytesMax?: number): SimulatedDisk =>
  new SimulatedDisk({ random: new SeededRandom(seed), ...(bytesMax === undefined ? {} : { bytesMax }) });
const openLog = (disk: SimulatedDisk, path = "log"): Promise<DiskFile> =>
  disk.open(path, { mode: "write", diskClass: "log" });
const text = async (disk: SimulatedDisk, path = "log"): Promise<string | undefined> =>
  (await disk.readFile(path))?.toString("latin1");

/** What `look` sees after crashes from the same state with many different fates, as a set. */
async function fates<T>(
  build: (disk: SimulatedDisk) => Promise<void>,
  look: (disk: SimulatedDisk) => Promise<T>,
) {
  const seen = new Set<T>();
  for (let seed = 0; seed < 200; seed += 1) {
    const disk = makeDisk(seed);
    await build(disk);
    seen.add(await look(disk.crash()));
  }
  return seen;
}

runDiskSuite("SimulatedDisk", { make: async () => makeDisk() });

describe("SimulatedDisk: a killed process", () => {
  const write = async (disk: SimulatedDisk): Promise<DiskFile> => {
    const file = await openLog(disk);
    await file.write([Buffer.from("written")], 0);
    return file;
  };

  test("leaves what it wrote to the next one, synced or not, and can write no more", async () => {
    const disk = makeDisk();
    const file = await write(disk);
    const next = disk.reopen();
    expect(await text(next)).toBe("written");
    expect(() => file.write([Buffer.from("more")], 7)).toThrow("the power was cut");
    await expect(disk.readFile("log")).rejects.toMatchObject({ code: "IO" });
  });

  test("a power cut after it still takes what was not synced", async () => {
    const seen = await fates(
      async (disk) => {
        await write(disk);
      },
      (disk) => text(disk.reopen().crash()),
    );
    expect(seen).toContain(undefined);
    const disk = makeDisk();
    await write(disk);
    const next = disk.reopen();
    await (await openLog(next)).sync();
    await next.syncDirectory("");
    expect(await text(next.crash())).toBe("written");
  });
});

describe("SimulatedDisk: a power cut", () => {
  test("keeps what was synced", async () => {
    const seen = await fates(
      async (disk) => {
        const file = await openLog(disk);
        await file.write([Buffer.from("synced")], 0);
        await file.sync();
        await disk.syncDirectory("");
      },
      (disk) => text(disk),
    );
    expect(seen).toEqual(new Set(["synced"]));
  });

  test("keeps, loses or tears each write that was not", async () => {
    const seen = await fates(
      async (disk) => {
        const file = await openLog(disk);
        await disk.syncDirectory("");
        await file.write([Buffer.alloc(512, "a")], 0);
        await file.write([Buffer.alloc(1_024, "b")], 512);
      },
      async (disk) => (await text(disk))?.replaceAll(/(.)\1+/gs, "$1").replaceAll("\0", "0"),
    );
    // A letter a run of sectors: "0" was never written, the last sectors may be missing.
    expect(seen).toEqual(new Set(["", "a", "ab", "0b", "0b", "a0b"]));
  });

  test("tears writes at sectors, whatever their position", async () => {
    const seen = await fates(
      async (disk) => {
        const file = await openLog(disk);
        await file.truncate(1_100);
        await file.sync();
        await disk.syncDirectory("");
        await file.write([Buffer.alloc(600, "x")], 500);
      },
      async (disk) =>
        [...((await text(disk)) ?? "").matchAll(/x+/g)].map((run) => `${run.index}+${run[0].length}`).join(),
    );
    const sectors = ["500+12", "512+512", "1024+76"];
    const allowed = ["", ...sectors, "500+524", "500+600", "512+588", "500+12,1024+76"];
    expect([...seen].sort()).toEqual(allowed.sort());
  });

  test("undoes names that were not synced, the latest first", async () => {
    const seen = await fates(
      async (disk) => {
        for (const name of ["a", "b", "c"]) await openLog(disk, name);
        await disk.syncDirectory("");
        await disk.rename("a", "renamed");
        await disk.remove("b");
        await openLog(disk, "new");
      },
      async (disk) => (await disk.list("")).map(({ name }) => name).join(),
    );
    expect(seen).toEqual(new Set(["a,b,c", "b,c,renamed", "c,renamed", "c,new,renamed"]));
  });

  test("leaves a file in one place when it moves between directories", async () => {
    const seen = await fates(
      async (disk) => {
        await disk.makeDirectory("from");
        await disk.makeDirectory("to");
        await openLog(disk, "from/file");
        await disk.syncDirectory("from");
        await disk.rename("from/file", "to/file");
      },
      async (disk) => `${(await disk.list("from")).length}${(await disk.list("to")).length}`,
    );
    expect(seen).toEqual(new Set(["10", "01"]));
  });

  test("leaves the old or the new small file, never a mix, and the new one once it is replaced", async () => {
    const disk = makeDisk();
    await disk.replaceFile("meta", Buffer.from("old"));
    expect(await text(disk.crash(), "meta")).toBe("old");

    const seen = await fates(
      async (crashing) => {
        await crashing.replaceFile("meta", Buffer.from("old"));
        crashing.faults.fail = (operation) => (operation === "syncDirectory" ? "IO" : undefined);
        await crashing.replaceFile("meta", Buffer.from("new")).catch(() => {});
      },
      (crashed) => text(crashed, "meta"),
    );
    expect(seen).toEqual(new Set(["old", "new"]));
  });

  test("may leave the temporary file of a small one that was being replaced", async () => {
    const seen = await fates(
      async (disk) => {
        await disk.replaceFile("meta", Buffer.from("old"));
        disk.faults.fail = (operation) => (operation === "rename" ? "IO" : undefined);
        await disk.replaceFile("meta", Buffer.from("new")).catch(() => {});
      },
      async (disk) => (await disk.list("")).map(({ name }) => name).join(),
    );
    expect(seen).toEqual(new Set(["meta", "meta,meta.tmp"]));
  });

  test("leaves nothing usable of the disk it hit, and a free lock on the next", async () => {
    const disk = makeDisk();
    const file = await openLog(disk);
    await disk.lock(".lock");
    const after = disk.crash();
    expect(() => file.write([Buffer.from("late")], 0)).toThrow("the power was cut");
    await expect(file.sync()).rejects.toThrow("the power was cut");
    await expect(disk.list("")).rejects.toThrow("the power was cut");
    await (await after.lock(".lock")).release();
  });

  test("repeats with its seed", async () => {
    const run = async (): Promise<string | undefined> => {
      const disk = makeDisk("again");
      const file = await openLog(disk);
      await disk.syncDirectory("");
      for (let i = 0; i < 50; i += 1) await file.write([Buffer.alloc(700, 65 + (i % 26))], i * 650);
      return text(disk.crash());
    };
    expect(await run()).toBe(await run());
  });

  test("whatever was done, synced bytes are there and the others are theirs or zeros", async () => {
    const write = fc.record({
      position: fc.nat(3_000),
      length: fc.integer({ min: 1, max: 2_000 }),
      sync: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(write, { maxLength: 10 }), async (seed, writes) => {
        const disk = makeDisk(seed);
        const file = await openLog(disk);
        await disk.syncDirectory("");
        const possible = Array.from({ length: 5_000 }, () => new Set([0]));
        for (const [i, { position, length, sync }] of writes.entries()) {
          await file.write([Buffer.alloc(length, i + 1)], position);
          for (let at = position; at < position + length; at += 1) possible[at]?.add(i + 1);
          if (!sync) continue;
          await file.sync();
          const now = (await disk.readFile("log")) ?? Buffer.alloc(0);
          for (const [at, byte] of now.entries()) possible[at] = new Set([byte]);
        }
        const left = (await disk.crash().readFile("log")) ?? Buffer.alloc(0);
        for (const [at, byte] of left.entries()) expect(possible[at]?.has(byte)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("SimulatedDisk: faults", () => {
  test("a full disk takes what fits, then refuses, until there is room", async () => {
    const disk = makeDisk(0, 10);
    const file = await openLog(disk);
    expect(() => file.write([Buffer.from("twelve bytes")], 0)).toThrow(
      expect.objectContaining({ code: "FULL" }),
    );
    expect(await text(disk)).toBe("twelve byt");
    await file.truncate(0);
    await file.write([Buffer.from("fits")], 0);
    expect(await disk.freeBytes()).toBe(6);
    await expect(disk.replaceFile("b", Buffer.alloc(7))).rejects.toMatchObject({ code: "FULL" });
    expect(await disk.readFile("b")).toBeUndefined();
    await disk.replaceFile("b", Buffer.alloc(6)); // over the rest of the one that failed
    expect(await disk.freeBytes()).toBe(0);
    expect(await disk.crash().totalBytes()).toBe(10);
  });

  test("errors come where they are told to", async () => {
    const disk = makeDisk();
    const [broken, good] = [await openLog(disk, "broken"), await openLog(disk, "good")];
    disk.faults.fail = (operation, path) => (operation === "read" && path === "broken" ? "IO" : undefined);
    expect(() => broken.read(Buffer.alloc(1), 0)).toThrow(
      expect.objectContaining({ code: "IO", path: "broken" }),
    );
    expect(good.read(Buffer.alloc(1), 0)).toBe(0);
    disk.faults.fail = undefined;
    expect(broken.read(Buffer.alloc(1), 0)).toBe(0);
  });

  test("a failed sync loses what it should have written, whatever a later one says", async () => {
    const disk = makeDisk();
    const file = await openLog(disk);
    await disk.syncDirectory("");
    await file.write([Buffer.from("gone")], 0);
    disk.faults.fail = (operation) => (operation === "sync" ? "IO" : undefined);
    await expect(file.sync()).rejects.toMatchObject({ code: "IO" });
    disk.faults.fail = undefined;
    await expect(file.sync()).rejects.toMatchObject({ code: "IO" }); // this handle is broken
    const again = await openLog(disk);
    await again.sync();
    expect(await text(disk)).toBe("gone");
    expect(await text(disk.crash())).toBe("");
  });

  test("a slow sync covers what was written before it began, once it ends", async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk({ random: new SeededRandom(3), clock });
    const file = await openLog(disk);
    await disk.syncDirectory("");
    disk.faults.delayMs = (operation) => (operation === "sync" ? 10 : 0);
    await file.write([Buffer.from("a")], 0);
    let synced = false;
    const syncing = file.sync().then(() => {
      synced = true;
    });
    await file.write([Buffer.from("b")], 1);
    clock.advance(9);
    await Promise.resolve();
    expect(synced).toBe(false);
    clock.advance(1);
    await syncing;
    expect((await text(disk.crash()))?.startsWith("a")).toBe(true);
  });

  test("a bit turned over is seen by readers, and stays", async () => {
    const disk = makeDisk();
    await disk.replaceFile("f", Buffer.alloc(100));
    disk.rot("f", 40);
    disk.rot("missing");
    const rotten = (await disk.readFile("f")) ?? Buffer.alloc(0);
    expect(rotten.findIndex((byte) => byte !== 0)).toBe(40);
    const after = disk.crash();
    expect((await after.readFile("f"))?.equals(rotten)).toBe(true);
    after.rot("f");
    expect((await after.readFile("f"))?.equals(rotten)).toBe(false);
  });
});
