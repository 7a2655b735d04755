import type { DiskClass } from "@millrace/runtime";
import { expect, test } from "vitest";
import { IoThreads, libuvThreads } from "./io-threads.ts";

interface Job {
  readonly diskClass: DiskClass;
  readonly finish: () => void;
}

/** Starts work that lasts until told to finish, and tells what runs. */
function startJobs(threads: IoThreads) {
  const running: Job[] = [];
  const start = (diskClass: DiskClass): void => {
    void threads.run(diskClass, () => {
      return new Promise<void>((resolve) => {
        const finish = (): void => {
          running.splice(running.indexOf(job), 1);
          resolve();
        };
        const job: Job = { diskClass, finish };
        running.push(job);
      });
    });
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { start, settle, running, classes: () => running.map((job) => job.diskClass).sort() };
}

test("bulk leaves two threads, log one, and raft always goes ahead", async () => {
  const { start, settle, running, classes } = startJobs(new IoThreads(4));
  for (let i = 0; i < 5; i += 1) start("bulk");
  await settle();
  expect(classes()).toEqual(["bulk", "bulk"]);
  for (let i = 0; i < 3; i += 1) start("log");
  await settle();
  expect(classes()).toEqual(["bulk", "bulk", "log"]);
  start("raft");
  start("raft");
  await settle();
  expect(classes()).toEqual(["bulk", "bulk", "log", "raft", "raft"]);

  running[0]?.finish(); // a bulk read: its thread goes to the log first
  await settle();
  expect(classes()).toEqual(["bulk", "log", "log", "raft", "raft"]);
  while (running.length > 0) {
    running[0]?.finish();
    await settle();
  }
});

test("works with a single thread too, and frees it when work fails", async () => {
  const threads = new IoThreads(1);
  const failing = threads.run("bulk", () => Promise.reject(new Error("broken")));
  const next = threads.run("bulk", async () => "done");
  await expect(failing).rejects.toThrow("broken");
  expect(await next).toBe("done");
});

test("reads the size of libuv's pool as libuv does", () => {
  expect(libuvThreads({})).toBe(4);
  expect(libuvThreads({ UV_THREADPOOL_SIZE: "16" })).toBe(16);
  expect(libuvThreads({ UV_THREADPOOL_SIZE: "0" })).toBe(1);
  expect(libuvThreads({ UV_THREADPOOL_SIZE: "99999" })).toBe(1024);
  expect(libuvThreads({ UV_THREADPOOL_SIZE: "many" })).toBe(1);
});
