// kafka-features.sh, by its class, on a cluster that an earlier version formed.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasJava, MillraceProcess, runKafkaTool, temporaryDirectory } from "../harness/index.ts";

const missing = hasJava ? "" : " (skipped: Java or Maven is not on this machine)";
const earlierCluster = fileURLToPath(new URL("../../fixtures/earlier-cluster", import.meta.url));
const ours = "millrace.metadata.version";

describe.skipIf(!hasJava)(`kafka-features raises a level of an existing cluster${missing}`, () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let millrace: MillraceProcess;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    cpSync(earlierCluster, directory.path, { recursive: true });
    millrace = await MillraceProcess.start({ dataDir: directory.path });
  });
  afterAll(async () => {
    await millrace?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  async function tool(...args: string[]): Promise<string> {
    const at = ["--bootstrap-server", millrace.kafka];
    const { stdout, stderr } = await runKafkaTool("org.apache.kafka.tools.FeatureCommand", [...at, ...args]);
    return `${stdout}${stderr}`;
  }

  async function described(): Promise<{ readonly level: number; readonly epoch: number }> {
    const line = new RegExp(
      `^Feature: ${ours}\\s+SupportedMinVersion: 1\\s+SupportedMaxVersion: \\d+\\s+FinalizedVersionLevel: (\\d+)\\s+Epoch: (\\d+)`,
      "m",
    );
    const [, level, epoch] = line.exec(await tool("describe")) ?? [];
    return { level: Number(level), epoch: Number(epoch) };
  }

  test("it keeps its level until somebody raises it, for good", async () => {
    const before = await described();
    expect(before.level).toBe(2);
    expect(await tool("upgrade", "--feature", `${ours}=3`, "--dry-run")).toBe(
      `${ours} can be upgraded to 3.\n`,
    );
    expect((await described()).level).toBe(2);
    expect(await tool("upgrade", "--feature", `${ours}=3`)).toBe(`${ours} was upgraded to 3.\n`);
    const after = await described();
    expect(after.level).toBe(3);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    await millrace.stop();
    millrace = await MillraceProcess.start({ dataDir: directory.path });
    expect((await described()).level).toBe(3);
  });

  test.each([
    [
      ["upgrade", "--feature", `${ours}=99`],
      `Could not upgrade ${ours} to 99.`,
      `Invalid update version 99 for feature ${ours}. Local controller 1 only supports versions 1-3`,
    ],
    [
      ["downgrade", "--feature", `${ours}=1`],
      `Could not downgrade ${ours} to 1.`,
      `Unsupported ${ours} downgrade from 3 to 1. The metadata log may have records that nodes of the lower level cannot read`,
    ],
    [
      ["disable", "--unsafe", "--feature", ours],
      `Could not disable ${ours}.`,
      `Invalid update version 0 for feature ${ours}. Local controller 1 only supports versions 1-3`,
    ],
  ])("%j is refused", async (args, outcome, why) => {
    const printed = await tool(...args);
    expect(printed).toContain(
      `${outcome} The update failed for all features since the following feature had an error: ${why}`,
    );
    expect(printed).toContain("1 out of 1 operation(s) failed.");
  });
});
