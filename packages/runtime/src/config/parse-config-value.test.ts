import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigDefinition } from "./config-definition.ts";
import { formatConfigValue } from "./format-config-value.ts";
import { parseConfigValue } from "./parse-config-value.ts";
import { Secret } from "./secret.ts";

const common = { doc: "For tests.", scope: "topic", reload: true } as const;
const long = { ...common, type: "long" } as const;
const refusal = (definition: ConfigDefinition, text: string): string => {
  try {
    parseConfigValue(definition, text);
  } catch (error) {
    expect(error).toMatchObject({ name: "ApiError", id: "INVALID_CONFIG" });
    return (error as { detail: string }).detail;
  }
  return "was accepted";
};

describe("numbers", () => {
  test("are whole and fit their type", () => {
    expect(parseConfigValue({ ...common, type: "int" }, " +5 ")).toBe(5);
    expect(refusal({ ...common, type: "int" }, "2147483648")).toBe("2147483648 does not fit in 32 bits");
    expect(refusal({ ...common, type: "short" }, "-32769")).toBe("-32769 does not fit in 16 bits");
    expect(refusal(long, "9223372036854775808")).toBe("9223372036854775808 does not fit in 64 bits");
    for (const text of ["", "1.5", "1e3", "0x10", "12 3", "Infinity", "99999999999999999999"]) {
      expect(refusal(long, text)).toBe(`'${text}' is not a whole number`);
    }
  });

  test("keep their bounds, but for the values beside them", () => {
    const level = { ...common, type: "int", min: 1, max: 9, also: [-1] } as const;
    expect([1, 9, -1].map((value) => parseConfigValue(level, String(value)))).toEqual([1, 9, -1]);
    expect(refusal(level, "0")).toBe("0 is below the minimum, 1");
    expect(refusal(level, "10")).toBe("10 is above the maximum, 9");
  });

  test("a long that is too large to count is no limit, and is written as Kafka writes it", () => {
    expect(parseConfigValue(long, "9223372036854775807")).toBe(Number.POSITIVE_INFINITY);
    expect(parseConfigValue(long, "-9223372036854775808")).toBe(Number.NEGATIVE_INFINITY);
    expect(formatConfigValue(long, Number.POSITIVE_INFINITY)).toBe("9223372036854775807");
    expect(formatConfigValue(long, Number.NEGATIVE_INFINITY)).toBe("-9223372036854775808");
  });

  test("that are written are read again as they were", () => {
    const double = { ...common, type: "double" } as const;
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (whole, number) => {
          expect(parseConfigValue(long, formatConfigValue(long, whole) ?? "")).toBe(whole);
          expect(parseConfigValue(double, formatConfigValue(double, number) ?? "") + 0).toBe(number + 0);
        },
      ),
    );
  });

  test.each([
    [0.5, "0.5"],
    [1, "1.0"],
    [0, "0.0"],
    [1.7976931348623157e308, "1.7976931348623157E308"],
    [2147483647, "2.147483647E9"],
    [1e7, "1.0E7"],
    [9999999, "9999999.0"],
    [0.0001, "1.0E-4"],
  ])("the double %d is written %s, as Java does", (value, text) => {
    const double = { ...common, type: "double" } as const;
    expect(formatConfigValue(double, value)).toBe(text);
    expect(parseConfigValue(double, text)).toBe(value);
  });

  test.each(["", "NaN", "Infinity", "1e999", "1,5", "half"])("%j is not a double", (text) => {
    expect(refusal({ ...common, type: "double" }, text)).toBe(`'${text}' is not a number`);
  });
});

describe("other types", () => {
  test("booleans are true or false in any case", () => {
    const flag = { ...common, type: "boolean" } as const;
    expect([parseConfigValue(flag, "TRUE"), parseConfigValue(flag, " false")]).toEqual([true, false]);
    expect(refusal(flag, "yes")).toBe("'yes' is neither true nor false");
  });

  test("strings may be one of a set", () => {
    const type = { ...common, type: "string", valid: ["CreateTime", "LogAppendTime"] } as const;
    const value: "CreateTime" | "LogAppendTime" = parseConfigValue(type, " CreateTime ");
    expect(value).toBe("CreateTime");
    expect(refusal(type, "createtime")).toBe("'createtime' is not one of CreateTime, LogAppendTime");
    expect(parseConfigValue({ ...type, ignoreCase: true }, "createtime")).toBe("CreateTime");
  });

  test("lists are split at commas, and each item is checked", () => {
    const policy = { ...common, type: "list", valid: ["compact", "delete"], itemsMin: 1 } as const;
    expect(parseConfigValue(policy, "compact , delete")).toEqual(["compact", "delete"]);
    expect(refusal(policy, "compact,drop")).toBe("'drop' is not one of compact, delete");
    expect(refusal(policy, " ")).toBe("the list is empty");
    expect(parseConfigValue({ ...common, type: "list" }, "")).toEqual([]);
    expect(formatConfigValue(policy, ["compact", "delete"])).toBe("compact,delete");
  });

  test("a check of its own has the last word", () => {
    const even: ConfigDefinition = {
      ...common,
      type: "int",
      check: (value) => (value % 2 === 0 ? undefined : "it is odd"),
    };
    expect(parseConfigValue(even, "4")).toBe(4);
    expect(refusal(even, "5")).toBe("it is odd");
  });

  test("passwords show only when they are asked to", () => {
    const password = { ...common, type: "password" } as const;
    const secret = parseConfigValue(password, "hunter2");
    expect(secret.reveal()).toBe("hunter2");
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret })}`).not.toContain("hunter2");
    expect(formatConfigValue(password, secret)).toBe("[hidden]");
    expect(secret).toBeInstanceOf(Secret);
  });

  test("no value has no text", () => {
    expect(formatConfigValue(long, null)).toBeNull();
  });
});
