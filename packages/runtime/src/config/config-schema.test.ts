import { describe, expect, expectTypeOf, test } from "vitest";
import { closestName } from "./closest-name.ts";
import { type ConfigOf, defineConfig } from "./config-schema.ts";

const topicConfig = defineConfig(
  {
    "retention.ms": {
      type: "long",
      default: 604_800_000,
      min: -1,
      scope: "topic",
      reload: true,
      doc: "How long records are kept, in milliseconds; -1 for ever.",
    },
    "flush.ms": {
      type: "long",
      default: Number.POSITIVE_INFINITY,
      min: 0,
      scope: "topic",
      reload: true,
      doc: ".",
    },
    "cleanup.policy": {
      type: "list",
      default: ["delete"],
      valid: ["compact", "delete"],
      scope: "topic",
      reload: true,
      doc: ".",
    },
    "message.timestamp.type": {
      type: "string",
      default: "CreateTime",
      valid: ["CreateTime", "LogAppendTime"],
      scope: "topic",
      reload: true,
      doc: ".",
    },
    "min.compaction.lag.ms": { type: "long", default: 0, min: 0, scope: "topic", reload: true, doc: "." },
    "max.compaction.lag.ms": {
      type: "long",
      default: Number.POSITIVE_INFINITY,
      min: 1,
      scope: "topic",
      reload: true,
      doc: ".",
    },
    "log.dir": { type: "string", scope: "process", reload: false, doc: "Has to be set." },
    "quota.callback": { type: "class", default: null, scope: "broker", reload: false, doc: "." },
  },
  [
    {
      problem: (config) =>
        config["min.compaction.lag.ms"] <= config["max.compaction.lag.ms"]
          ? undefined
          : "min.compaction.lag.ms is above max.compaction.lag.ms",
    },
  ],
);

type TopicConfig = ConfigOf<typeof topicConfig>;

describe("ConfigSchema", () => {
  test("gives every value its exact type", () => {
    expectTypeOf<TopicConfig["retention.ms"]>().toEqualTypeOf<number>();
    expectTypeOf<TopicConfig["cleanup.policy"]>().toEqualTypeOf<readonly ("compact" | "delete")[]>();
    expectTypeOf<TopicConfig["message.timestamp.type"]>().toEqualTypeOf<"CreateTime" | "LogAppendTime">();
    expectTypeOf<TopicConfig["log.dir"]>().toEqualTypeOf<string>();
    expectTypeOf<TopicConfig["quota.callback"]>().toEqualTypeOf<string | null>();
  });

  test("fills in defaults, and parses what is set, as text or as it stands in a file", () => {
    expect(
      topicConfig.parse({ "log.dir": "/data", "retention.ms": 5, "cleanup.policy": ["compact"] }),
    ).toEqual({
      "retention.ms": 5,
      "flush.ms": Number.POSITIVE_INFINITY,
      "cleanup.policy": ["compact"],
      "message.timestamp.type": "CreateTime",
      "min.compaction.lag.ms": 0,
      "max.compaction.lag.ms": Number.POSITIVE_INFINITY,
      "log.dir": "/data",
      "quota.callback": null,
    });
  });

  test("takes what is not set from a base before the defaults", () => {
    const base = topicConfig.parse({ "log.dir": "/data", "retention.ms": "1" });
    const config = topicConfig.parse({ "flush.ms": "2" }, base);
    expect([config["log.dir"], config["retention.ms"], config["flush.ms"]]).toEqual(["/data", 1, 2]);
  });

  test("tells all that is wrong at once", () => {
    const inputs = { "retension.ms": "1", "flush.ms": "never", toString: "1" };
    expect(topicConfig.problems(inputs)).toEqual([
      "there is no key 'retension.ms'; did you mean 'retention.ms'?",
      "there is no key 'toString'",
      "'flush.ms': 'never' is not a whole number",
      "'log.dir' has to be set",
    ]);
    expect(() => topicConfig.parse(inputs)).toThrow(
      expect.objectContaining({ id: "INVALID_CONFIG", detail: topicConfig.problems(inputs).join("; ") }),
    );
  });

  test("holds rules between values", () => {
    const inputs = { "log.dir": "/data", "min.compaction.lag.ms": "10", "max.compaction.lag.ms": "9" };
    expect(topicConfig.problems(inputs)).toEqual(["min.compaction.lag.ms is above max.compaction.lag.ms"]);
  });

  test("its own defaults keep to it", () => {
    expect(topicConfig.problems({ "log.dir": "/data" })).toEqual([]);
  });

  test("writes values as text", () => {
    expect(topicConfig.format("flush.ms", Number.POSITIVE_INFINITY)).toBe("9223372036854775807");
    expect(topicConfig.format("quota.callback", null)).toBeNull();
  });
});

describe("closestName", () => {
  test.each([
    ["retention.sm", "retention.ms"],
    ["segmentbytes", "segment.bytes"],
    ["xyz", undefined],
    ["", undefined],
  ])("%j was meant to be %j", (wrong, meant) => {
    expect(closestName(wrong, ["retention.ms", "segment.bytes", "segment.ms"])).toBe(meant);
  });
});
