import { MemoryDisk } from "@millrace/runtime";
import { runDiskSuite } from "@millrace/runtime/testing";
import { expect, test } from "vitest";
import { FailStopDisk } from "./fail-stop-disk.ts";

runDiskSuite("fail-stop", { make: async () => new FailStopDisk(new MemoryDisk()) });

test("after the failure nothing changes any more, and what is there can be read", async () => {
  const disk = new FailStopDisk(new MemoryDisk());
  const file = await disk.open("log", { mode: "write", diskClass: "log" });
  await file.write([Buffer.from("kept")], 0);
  disk.stop(new Error("an invariant broke"));
  const changes: readonly (() => unknown)[] = [
    () => file.write([Buffer.from("lost")], 0),
    () => file.sync(),
    () => file.truncate(0),
    () => disk.open("other", { mode: "write", diskClass: "log" }),
    () => disk.replaceFile("checkpoint", Buffer.from("x")),
    () => disk.rename("log", "moved"),
    () => disk.remove("log"),
    () => disk.makeDirectory("made"),
    () => disk.syncDirectory(""),
  ];
  for (const change of changes) {
    await expect((async () => change())()).rejects.toMatchObject({
      name: "DiskError",
      message: expect.stringContaining("nothing is written after the node has failed"),
      cause: new Error("an invariant broke"),
    });
  }
  const target = Buffer.alloc(10);
  expect(await file.read(target, 0)).toBe(4);
  expect(target.toString("utf8", 0, 4)).toBe("kept");
  expect((await disk.list("")).map(({ name }) => name)).toEqual(["log"]);
});
