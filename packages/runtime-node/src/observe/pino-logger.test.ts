import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createPinoLogger, type PinoLoggerOptions } from "./pino-logger.ts";

async function setUp(options: PinoLoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: await createPinoLogger({ ...options, destination }) };
}

describe("createPinoLogger", () => {
  test("writes JSON lines with level, time, fields and message", async () => {
    const { lines, logger } = await setUp({ fields: { node: 3 } });
    logger.child({ partition: "orders-0" }).warn({ offset: 7 }, "torn tail was cut");
    expect(lines).toEqual([
      {
        level: "warn",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        node: 3,
        partition: "orders-0",
        offset: 7,
        msg: "torn tail was cut",
      },
    ]);
  });

  test("keeps to its level", async () => {
    const { lines, logger } = await setUp({ level: "warn" });
    logger.debug({}, "a");
    logger.info({}, "b");
    logger.error({}, "c");
    expect(lines.map(({ msg }) => msg)).toEqual(["c"]);
  });

  test("writes an error with its causes", async () => {
    const { lines, logger } = await setUp();
    logger.error({ error: new Error("outer", { cause: new TypeError("inner") }) }, "failed");
    expect(lines[0]).toMatchObject({
      error: { type: "Error", message: "outer", cause: { message: "inner" } },
    });
  });

  test("never throws, whatever it is given and wherever it writes", async () => {
    const { lines, logger } = await setUp();
    const circular: Record<string, unknown> = { big: 2n ** 64n };
    circular.self = circular;
    logger.info({ circular }, "odd");
    expect(lines).toHaveLength(1);
    const hostile = {
      get field(): never {
        throw new Error("no access");
      },
    };
    logger.info({ hostile }, "hostile");
    const broken = await createPinoLogger({
      destination: {
        write: () => {
          throw new Error("closed");
        },
      },
    });
    broken.error({}, "nobody hears this");
    broken.flush();
  });

  test("writes to standard error, all of it when flushed before an exit", () => {
    const script = `
      const { createPinoLogger } = await import(${JSON.stringify(new URL("./pino-logger.ts", import.meta.url).href)});
      const logger = await createPinoLogger();
      for (let line = 0; line < 1000; line += 1) logger.info({ line }, "written");
      logger.flush();
      process.exit(0);
    `;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(child.stdout).toBe("");
    expect(child.stderr.trim().split("\n")).toHaveLength(1_000);
  });
});
