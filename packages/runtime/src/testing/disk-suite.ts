import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Disk, DiskFile } from "../disk/disk.ts";
import type { DiskErrorCode } from "../disk/disk-error.ts";

export interface DiskSuiteOptions {
  /** An empty disk. */
  readonly make: () => Promise<Disk>;
  /** Another view of the same directory, where that exists: its locks must exclude each other. */
  readonly again?: (disk: Disk) => Promise<Disk>;
  /** After each test, with what it made. */
  readonly destroy?: (disk: Disk) => Promise<void>;
}

/** What every `Disk` keeps to. */
export function runDiskSuite(name: string, options: DiskSuiteOptions): void {
  const made: Disk[] = [];
  const opened: DiskFile[] = [];
  const makeDisk = async (): Promise<Disk> => {
    const disk = await options.make();
    made.push(disk);
    return disk;
  };
  const open = async (disk: Disk, path: string, mode: "read" | "write" = "write"): Promise<DiskFile> => {
    const file = await disk.open(path, { mode, diskClass: "log" });
    opened.push(file);
    return file;
  };
  afterEach(async () => {
    for (const file of opened.splice(0)) await file.close();
    for (const disk of made.splice(0)) await options.destroy?.(disk);
  });

  describe(`${name}: files`, () => {
    test("reads back what was written, several buffers at any position", async () => {
      const file = await open(await makeDisk(), "a");
      await file.write([Buffer.from("one "), Buffer.alloc(0), Buffer.from("two")], 0);
      await file.write([Buffer.from("TWO")], 4);
      expect(await file.size()).toBe(7);
      expect(await content(file)).toBe("one TWO");
    });

    test("a read at the end is short, and beyond it empty", async () => {
      const file = await open(await makeDisk(), "a");
      await file.write([Buffer.from("abc")], 0);
      const target = Buffer.alloc(5, "-");
      expect(await file.read(target, 1)).toBe(2);
      expect(target.toString()).toBe("bc---");
      expect(await file.read(target, 3)).toBe(0);
      expect(await file.read(target, 1_000_000)).toBe(0);
    });

    test("writes more buffers at once than one system call takes", async () => {
      const file = await open(await makeDisk(), "a");
      const buffers = Array.from({ length: 2_500 }, (_, i) => Buffer.from(`${i},`));
      await file.write(buffers, 3);
      expect(await content(file)).toBe(`\0\0\0${Buffer.concat(buffers)}`);
    });

    test("writing no bytes changes nothing", async () => {
      const file = await open(await makeDisk(), "a");
      await file.write([], 9);
      await file.write([Buffer.alloc(0)], 9);
      expect(await file.size()).toBe(0);
    });

    test("cuts, and extends with zeros", async () => {
      const file = await open(await makeDisk(), "a");
      await file.write([Buffer.from("abcdef")], 0);
      await file.truncate(2);
      await file.truncate(4);
      expect(await content(file)).toBe("ab\0\0");
      await file.write([Buffer.from("!")], 6);
      expect(await content(file)).toBe("ab\0\0\0\0!");
      await file.sync();
    });

    test("behaves as one array of bytes, whatever is done to it", async () => {
      const disk = await makeDisk();
      const position = fc.oneof(fc.nat(64), fc.nat(200_000));
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(140_000).map((n) => new Uint8Array(n).fill(n)),
      );
      const step = fc.oneof(
        fc.record({
          kind: fc.constant("write" as const),
          position,
          bytes: fc.array(bytes, { maxLength: 4 }),
        }),
        fc.record({ kind: fc.constant("truncate" as const), position }),
      );
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          runs += 1;
          const file = await disk.open(`file-${runs}`, { mode: "write", diskClass: "bulk" });
          let model = Buffer.alloc(0);
          const resize = (size: number): void => {
            model = Buffer.concat([model.subarray(0, size), Buffer.alloc(Math.max(0, size - model.length))]);
          };
          for (const action of steps) {
            if (action.kind === "truncate") {
              await file.truncate(action.position);
              resize(action.position);
            } else {
              await file.write(action.bytes, action.position);
              const joined = Buffer.concat(action.bytes);
              if (joined.length > 0) resize(Math.max(model.length, action.position + joined.length));
              joined.copy(model, action.position);
            }
          }
          const target = Buffer.alloc(model.length + 1);
          expect(await file.size()).toBe(model.length);
          expect(await file.read(target, 0)).toBe(model.length);
          expect(model.equals(target.subarray(0, model.length))).toBe(true);
          await file.close();
        }),
        { numRuns: 30 },
      );
    });

    test("two handles see one file, also when its name is gone", async () => {
      const disk = await makeDisk();
      const writer = await open(disk, "a");
      const reader = await open(disk, "a", "read");
      await disk.remove("a");
      await writer.write([Buffer.from("still here")], 0);
      expect(await content(reader)).toBe("still here");
      expect(await disk.list("")).toEqual([]);
    });

    test("a handle for reading does not write", async () => {
      const disk = await makeDisk();
      await open(disk, "a");
      const reader = await open(disk, "a", "read");
      await expectCode(async () => reader.write([Buffer.from("x")], 0), ["DENIED", "IO"]);
    });

    test("a closed file answers with an error, and closes twice", async () => {
      const file = await open(await makeDisk(), "a");
      await file.close();
      await file.close();
      await expectCode(async () => file.write([Buffer.from("x")], 0), ["IO"]);
      await expectCode(async () => file.read(Buffer.alloc(1), 0), ["IO"]);
      await expectCode(() => file.sync(), ["IO"]);
    });

    test("opening for reading needs the file, for writing its directory", async () => {
      const disk = await makeDisk();
      await expectCode(() => disk.open("a", { mode: "read", diskClass: "log" }), ["NOT_FOUND"]);
      await expectCode(() => disk.open("missing/a", { mode: "write", diskClass: "log" }), ["NOT_FOUND"]);
    });
  });

  describe(`${name}: small files`, () => {
    test("are replaced as a whole, leaving nothing else behind", async () => {
      const disk = await makeDisk();
      expect(await disk.readFile("meta.properties")).toBeUndefined();
      await disk.replaceFile("meta.properties", Buffer.from("version=1, and more"));
      await disk.replaceFile("meta.properties", Buffer.from("version=2"));
      expect((await disk.readFile("meta.properties"))?.toString()).toBe("version=2");
      expect(await disk.list("")).toEqual([{ name: "meta.properties", kind: "file" }]);
    });

    test("may be replaced by several at a time; one of them is last", async () => {
      const disk = await makeDisk();
      const contents = ["a", "b", "c", "d"];
      await Promise.all(
        contents.map((text) => disk.replaceFile("checkpoint", Buffer.from(text.repeat(1_000)))),
      );
      const text = (await disk.readFile("checkpoint"))?.toString() ?? "";
      expect(contents.map((letter) => letter.repeat(1_000))).toContain(text);
      expect(await disk.list("")).toHaveLength(1);
    });
  });

  describe(`${name}: directories`, () => {
    test("are made with those above them, and listed by name", async () => {
      const disk = await makeDisk();
      await disk.makeDirectory("t/b-1");
      await disk.makeDirectory("t/b-1");
      await open(disk, "t/c");
      await open(disk, "t/a");
      expect(await disk.list("t")).toEqual([
        { name: "a", kind: "file" },
        { name: "b-1", kind: "directory" },
        { name: "c", kind: "file" },
      ]);
      expect(await disk.list("nowhere")).toEqual([]);
      await disk.syncDirectory("t");
      await disk.syncDirectory("");
    });

    test("a rename moves a tree, and replaces a file", async () => {
      const disk = await makeDisk();
      await disk.makeDirectory("a/deep");
      await disk.replaceFile("a/deep/f", Buffer.from("moved"));
      await disk.replaceFile("old", Buffer.from("old"));
      await disk.rename("a", "b");
      await disk.rename("b/deep/f", "old");
      expect((await disk.readFile("old"))?.toString()).toBe("moved");
      expect(await disk.list("")).toEqual([
        { name: "b", kind: "directory" },
        { name: "old", kind: "file" },
      ]);
    });

    test("a rename of nothing, or onto a directory that holds something, is refused", async () => {
      const disk = await makeDisk();
      await disk.makeDirectory("a");
      await disk.makeDirectory("b/c");
      await expectCode(() => disk.rename("nothing", "x"), ["NOT_FOUND"]);
      await expectCode(() => disk.rename("a", "b"), ["EXISTS"]);
    });

    test("removes files and trees, and nothing without complaint", async () => {
      const disk = await makeDisk();
      await disk.makeDirectory("a/b");
      await disk.replaceFile("a/b/f", Buffer.from("x"));
      await disk.remove("a");
      await disk.remove("a");
      expect(await disk.list("")).toEqual([]);
    });

    test.each(["../outside", "a/../../b", "/etc/passwd", "a//b", "./a", "a/\0"])(
      "%j leads nowhere",
      async (path) => {
        const disk = await makeDisk();
        await expectCode(() => disk.open(path, { mode: "write", diskClass: "log" }), ["DENIED"]);
        await expectCode(() => disk.remove(path), ["DENIED"]);
        await expectCode(() => disk.readFile(path), ["DENIED"]);
        await expectCode(() => disk.rename(path, "b"), ["DENIED"]);
      },
    );

    test("the data directory itself cannot be removed", async () => {
      const disk = await makeDisk();
      await disk.replaceFile("a", Buffer.from("x"));
      await expectCode(() => disk.remove(""), ["DENIED"]);
      expect(await disk.list("")).toHaveLength(1);
    });

    test("knows its size, or that it does not", async () => {
      const disk = await makeDisk();
      const [free, total] = [await disk.freeBytes(), await disk.totalBytes()];
      expect(total === undefined || total > 0).toBe(true);
      expect(free === undefined || free <= (total ?? 0)).toBe(true);
    });
  });

  describe(`${name}: locks`, () => {
    test("exclude each other until released", async () => {
      const disk = await makeDisk();
      const other = (await options.again?.(disk)) ?? disk;
      const first = await disk.lock(".lock");
      await expectCode(() => other.lock(".lock"), ["IN_USE"]);
      await expectCode(() => disk.lock(".lock"), ["IN_USE"]);
      await first.release();
      const second = await other.lock(".lock");
      await first.release(); // does not free the second
      await expectCode(() => disk.lock(".lock"), ["IN_USE"]);
      await second.release();
    });

    test("are given to one of many that ask at once", async () => {
      const disk = await makeDisk();
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => disk.lock(".lock")));
      const held = asked.filter((result) => result.status === "fulfilled");
      expect(held).toHaveLength(1);
      await held[0]?.value.release();
    });
  });
}

async function content(file: DiskFile): Promise<string> {
  const target = Buffer.alloc(await file.size());
  expect(await file.read(target, 0)).toBe(target.length);
  return target.toString("latin1");
}

async function expectCode(call: () => Promise<unknown>, codes: readonly DiskErrorCode[]): Promise<void> {
  const thrown = await call().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ name: "DiskError", code: expect.toBeOneOf([...codes]) });
}
