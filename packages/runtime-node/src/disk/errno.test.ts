import { DiskError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { toDiskError } from "./errno.ts";

const errno = (code: string): Error => Object.assign(new Error(`${code}: as fs says it`), { code });

test.each([
  ["ENOENT", "NOT_FOUND"],
  ["EEXIST", "EXISTS"],
  ["ENOTEMPTY", "EXISTS"],
  ["ENOSPC", "FULL"],
  ["EDQUOT", "FULL"],
  ["EACCES", "DENIED"],
  ["EPERM", "DENIED"],
  ["EROFS", "DENIED"],
  ["EIO", "IO"],
  ["EMFILE", "IO"],
  ["constructor", "IO"],
])("%s is %s, with what fs said kept", (code, expected) => {
  const cause = errno(code);
  expect(toDiskError(cause, "/data/a")).toMatchObject({ code: expected, path: "/data/a", cause });
});

test("a DiskError stays as it is, and anything else is IO", () => {
  const error = new DiskError("FULL", "a", "no space left");
  expect(toDiskError(error, "b")).toBe(error);
  expect(toDiskError("thrown text", "b")).toMatchObject({ code: "IO", message: "b: thrown text" });
});
