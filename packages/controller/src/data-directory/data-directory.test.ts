import { MemoryDisk, SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
import { openDataDirectory } from "./data-directory.ts";
import { parseProperties } from "./meta-properties.ts";

const options = (more: { nodeId?: number; clusterId?: string } = {}) => ({
  nodeId: 1,
  random: new SeededRandom(1),
  ...more,
});

async function formatted(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const directory = await openDataDirectory(disk, options());
  await directory.release();
  return disk;
}

async function rewrite(disk: MemoryDisk, change: (text: string) => string): Promise<void> {
  const text = (await disk.readFile("meta.properties"))!.toString();
  await disk.replaceFile("meta.properties", Buffer.from(change(text)));
}

test("is formatted at the first start, and the same at the second", async () => {
  const disk = new MemoryDisk();
  const first = await openDataDirectory(disk, options());
  expect(first.isNew).toBe(true);
  await first.release();
  const { release, isNew, ...ids } = await openDataDirectory(disk, options());
  expect(isNew).toBe(false);
  expect(ids).toEqual({ clusterId: first.clusterId, nodeId: 1, directoryId: first.directoryId });
  await release();
  const properties = parseProperties((await disk.readFile("meta.properties"))!.toString());
  expect([...properties.keys()]).toEqual([
    "cluster.id",
    "directory.id",
    "millrace.format.version",
    "node.id",
    "version",
  ]);
});

test("two nodes never share one", async () => {
  const disk = new MemoryDisk();
  const directory = await openDataDirectory(disk, options());
  await expect(openDataDirectory(disk, options())).rejects.toMatchObject({ code: "IN_USE" });
  await directory.release();
});

test.each([
  ["a newer format", (text: string) => text.replace("format.version=1", "format.version=2"), "NEWER_FORMAT"],
  ["Apache Kafka's", (text: string) => text.replace(/millrace.*\n/, ""), "FOREIGN_FORMAT"],
  ["an older one of Kafka's", (text: string) => text.replace("\nversion=1", "\nversion=0"), "FOREIGN_FORMAT"],
  ["an empty file", () => "", "DAMAGED"],
  ["a lost directory id", (text: string) => text.replace(/directory.id=.*/, "directory.id="), "DAMAGED"],
])("%s is refused, and left free for others", async (_, change, code) => {
  const disk = await formatted();
  await rewrite(disk, change);
  await expect(openDataDirectory(disk, options())).rejects.toMatchObject({ code });
  await (await disk.lock(".lock")).release();
});

test("another node's or cluster's is refused", async () => {
  const disk = await formatted();
  await expect(openDataDirectory(disk, options({ nodeId: 2 }))).rejects.toMatchObject({ code: "OTHER_NODE" });
  const other = openDataDirectory(disk, options({ clusterId: "another" }));
  await expect(other).rejects.toMatchObject({ code: "OTHER_CLUSTER" });
});

test("a directory with other files is not formatted", async () => {
  const disk = new MemoryDisk();
  await disk.replaceFile("thesis.tex", Buffer.from("x"));
  await expect(openDataDirectory(disk, options())).rejects.toMatchObject({ code: "NOT_EMPTY" });
});

test("a format that a crash cut short is done again", async () => {
  const disk = new MemoryDisk();
  await disk.replaceFile("meta.properties.tmp", Buffer.from("version"));
  const directory = await openDataDirectory(disk, options());
  expect(directory.isNew).toBe(true);
});
