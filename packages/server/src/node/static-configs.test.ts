import { expect, test } from "vitest";
import { staticConfigs, staticNumber } from "./static-configs.ts";

test("takes broker configs by Kafka's names", () => {
  const configs = staticConfigs({ "num.partitions": "4", "log.retention.hours": "1" });
  expect(staticNumber(configs, "num.partitions")).toBe(4);
  expect(staticNumber(configs, "default.replication.factor")).toBe(1);
});

test("tells all that is wrong at once, and what was probably meant", () => {
  const wrong = () => staticConfigs({ "num.partition": "4", "num.io.threads": "none", "log.dirs": "/x" });
  expect(wrong).toThrow("num.partition is not a broker config of Kafka; did you mean num.partitions?");
  expect(wrong).toThrow("Invalid value none for configuration num.io.threads");
  expect(wrong).toThrow("log.dirs cannot be set here");
});
