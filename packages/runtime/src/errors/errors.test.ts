import { describe, expect, test } from "vitest";
import reference from "../../fixtures/kafka-errors-4.3.1.json" with { type: "json" };
import { InvariantViolation } from "../assert.ts";
import { DiskError } from "../disk/disk-error.ts";
import { ApiError } from "./api-error.ts";
import { type ErrorName, errorByCode, errorCode, errorTable, isErrorName } from "./error-table.ts";
import { isRetriable } from "./next-step.ts";
import { toApiError } from "./to-api-error.ts";

describe("the error table", () => {
  test("has the names and numbers of Apache Kafka 4.3.1, and no others", () => {
    const ours = Object.entries(errorTable).map(([name, { code }]) => ({ code, name }));
    expect(ours).toEqual(reference.map(({ code, name }) => ({ code, name })));
  });

  test.each(reference)("$name is retried exactly when Kafka's clients retry it", (entry) => {
    const { next } = errorTable[entry.name as ErrorName];
    expect(isRetriable(next)).toBe(entry.retriable ?? false);
    expect(next === "refreshMetadata").toBe(entry.refreshMetadata ?? false);
  });

  test("has a text of its own for every entry", () => {
    const texts = Object.values(errorTable).map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).toMatch(/^\S.*[^.]$/);
  });

  test("finds an entry by number, and takes numbers of the future for UNKNOWN_SERVER_ERROR", () => {
    expect(errorByCode(6)).toBe("NOT_LEADER_OR_FOLLOWER");
    expect(errorByCode(-1)).toBe("UNKNOWN_SERVER_ERROR");
    expect(errorByCode(31_999)).toBe("UNKNOWN_SERVER_ERROR");
    expect(errorCode("FENCED_STATE_EPOCH")).toBe(124);
  });

  test("tells its names from other strings", () => {
    expect(isErrorName("NONE")).toBe(true);
    expect(isErrorName("toString")).toBe(false);
  });
});

describe("ApiError", () => {
  test("shows the table's text unless given a detail", () => {
    expect(new ApiError("TOPIC_ALREADY_EXISTS").detail).toBe("a topic of this name exists");
    const error = new ApiError("TOPIC_ALREADY_EXISTS", { detail: "topic 'orders' exists" });
    expect(error).toMatchObject({
      code: 36,
      detail: "topic 'orders' exists",
      retriable: false,
      next: "fail",
    });
    expect(error.message).toBe("TOPIC_ALREADY_EXISTS: topic 'orders' exists");
  });
});

describe("toApiError", () => {
  test("keeps an ApiError as it is", () => {
    const error = new ApiError("NOT_CONTROLLER");
    expect(toApiError(error)).toBe(error);
  });

  test.each([
    [new DiskError("FULL", "a", "no space left"), "KAFKA_STORAGE_ERROR"],
    [new DiskError("IO", "a", "input/output error"), "KAFKA_STORAGE_ERROR"],
    [new DOMException("too late", "TimeoutError"), "REQUEST_TIMED_OUT"],
    [new InvariantViolation("a bug"), "UNKNOWN_SERVER_ERROR"],
    ["thrown text", "UNKNOWN_SERVER_ERROR"],
    [undefined, "UNKNOWN_SERVER_ERROR"],
  ] as const)("turns %s into %s, with the cause kept and not shown", (thrown, id) => {
    const error = toApiError(thrown);
    expect(error.id).toBe(id);
    expect(error.cause).toBe(thrown);
    expect(error.detail).toBe(errorTable[id].text);
  });
});
