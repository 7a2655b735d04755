import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Disk } from "@millrace/runtime";
import { runDiskSuite } from "@millrace/runtime/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { NodeDisk } from "./node-disk.ts";

const makeDisk = async (): Promise<NodeDisk> => NodeDisk.at(await mkdtemp(join(tmpdir(), "millrace-disk-")));
const destroy = (disk: Disk): Promise<void> => rm(disk.description, { recursive: true });

afterEach(() => vi.restoreAllMocks());

runDiskSuite("NodeDisk", {
  make: makeDisk,
  again: (disk) => NodeDisk.at(disk.description),
  destroy,
});

describe("NodeDisk", () => {
  test("makes its directory, and says why it cannot", async () => {
    const disk = await makeDisk();
    const nested = await NodeDisk.at(join(disk.description, "a/b"));
    expect(await readdir(nested.description)).toEqual([]);
    await writeFile(join(disk.description, "file"), "");
    await expect(NodeDisk.at(join(disk.description, "file"))).rejects.toMatchObject({ code: "EXISTS" });
    await destroy(disk);
  });

  test("writes at once while the disk is quick, later when one write was slow", async () => {
    const disk = await makeDisk();
    const file = await disk.open("a", { mode: "write", diskClass: "log" });
    expect(file.write([Buffer.from("at once ")], 0)).toBeUndefined();
    let nowMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      nowMs += 3;
      return nowMs;
    });
    expect(file.write([Buffer.from("slow, ")], 8)).toBeUndefined();
    const third = file.write([Buffer.from("later, ")], 14);
    expect(third).toBeInstanceOf(Promise);
    const fourth = file.write([Buffer.from("in order")], 21);
    await Promise.all([third, fourth]);
    await file.sync();
    expect((await disk.readFile("a"))?.toString()).toBe("at once slow, later, in order");
    await file.close();
    await destroy(disk);
  });

  test("finishes what was under way before it closes a file", async () => {
    const disk = await makeDisk();
    const file = await disk.open("a", { mode: "write", diskClass: "bulk" });
    await file.write([Buffer.alloc(100_000, "x")], 0);
    const target = Buffer.alloc(100_000);
    const reading = file.read(target, 0);
    await file.close();
    expect(await reading).toBe(100_000);
    expect(target.equals(Buffer.alloc(100_000, "x"))).toBe(true);
    await destroy(disk);
  });

  test.runIf(process.platform === "linux")("a full disk is FULL", async () => {
    const device = await NodeDisk.at("/dev");
    const file = await device.open("full", { mode: "write", diskClass: "log" });
    expect(() => file.write([Buffer.from("x")], 0)).toThrow(expect.objectContaining({ code: "FULL" }));
    await file.close();
  });

  test.runIf(process.platform === "linux")("a file whose fsync failed once stays failed", async () => {
    const device = await NodeDisk.at("/proc/self");
    const file = await device.open("comm", { mode: "write", diskClass: "raft" }); // procfs cannot fsync
    await expect(file.sync()).rejects.toMatchObject({ code: "IO" });
    expect(() => file.write([Buffer.from("x")], 0)).toThrow(expect.objectContaining({ code: "IO" }));
    await file.close();
  });

  test("knows the size of its file system", async () => {
    const disk = await makeDisk();
    const { bsize, blocks } = fs.statfsSync(disk.description);
    expect(await disk.totalBytes()).toBe(bsize * blocks);
    expect(await disk.freeBytes()).toBeGreaterThan(0);
    await destroy(disk);
  });

  test("a lock goes with the process that held it, killed or not", async () => {
    const disk = await makeDisk();
    const script = `
      const { NodeDisk } = await import(${JSON.stringify(new URL("./node-disk.ts", import.meta.url).href)});
      const disk = await NodeDisk.at(process.argv[1]);
      await disk.lock(".lock");
      process.stdout.write("held");
      process.stdin.resume();
    `;
    const holder = spawn(
      process.execPath,
      ["--conditions=@millrace/source", "--input-type=module", "-e", script, disk.description],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    await expect(disk.lock(".lock")).rejects.toMatchObject({ code: "IN_USE" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const lock = await disk.lock(".lock");
    await lock.release();
    await destroy(disk);
  });

  test("a lock in a directory that is not there says so", async () => {
    const disk = await makeDisk();
    await expect(disk.lock("missing/.lock")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await destroy(disk);
  });
});
