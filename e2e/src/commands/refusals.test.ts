import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, MillraceProcess, temporaryDirectory } from "../harness/index.ts";
import { anyPorts, millrace } from "./launch.ts";

/** One line for the user that names what is wrong; an exit code for scripts; and no listener. */
function expectRefusal({ exitCode, stdout, stderr }: CommandResult, says: RegExp): void {
  // The log goes to standard error too, an object a line.
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  expect(lines).toEqual([expect.stringMatching(says)]);
  expect(stdout.toString()).toBe("");
  expect(exitCode).toBeGreaterThan(0);
}

describe("start refuses in one line", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(async () => {
    await directory[Symbol.asyncDispose]();
  });
  const at = (name: string) => ["--data-dir", join(directory.path, name)];

  test("a directory that another node uses", async () => {
    await using _running = await MillraceProcess.start({ dataDir: join(directory.path, "used") });
    expectRefusal(await millrace(["start", ...at("used"), ...anyPorts]), /used.*(in use|another)/i);
  });

  test.each(["kafka", "grpc", "http"])("a port in use: %s", async (listener) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = String(typeof address === "object" && address !== null ? address.port : 0);
    const ports = anyPorts.map((argument, place) =>
      anyPorts[place - 1] === `--${listener}-port` ? port : argument,
    );
    expectRefusal(
      await millrace(["start", ...at(`port-${listener}`), ...ports]),
      new RegExp(`${port}.*in use`),
    );
    other.close();
  });

  test("a directory that cannot be written: one below a file", async () => {
    writeFileSync(join(directory.path, "file"), "");
    expectRefusal(await millrace(["start", ...at("file/data"), ...anyPorts]), /file\/data|ENOTDIR|not a dir/);
  });

  test("a flag that there is not", async () => {
    expectRefusal(await millrace(["start", "--no-such-flag"]), /unknown option '--no-such-flag'/);
  });

  test("a command that there is not", async () => {
    expectRefusal(await millrace(["begin"]), /unknown command 'begin'/);
  });

  test.each([
    ["--kafka-port", "seventy"],
    ["--kafka-port", "70000"],
    ["--memory-budget", "-1"],
    ["--node-id", "one"],
    ["--listener", "localhost"],
    ["--log-level", "loud"],
  ])("a bad value: %s %s", async (flag, value) => {
    const refusal = await millrace(["start", ...at("bad-value"), flag, value]);
    expectRefusal(refusal, new RegExp(`${flag}.*${value}`));
  });

  test.each(["no.such.config=1", "log.retention.ms=soon"])("a bad config: --set %s", async (setting) => {
    const refusal = await millrace(["start", ...at("bad-config"), ...anyPorts, "--set", setting]);
    expectRefusal(refusal, new RegExp((setting.split("=")[0] ?? "").replaceAll(".", "\\.")));
  });

  test("a directory of a newer format", async () => {
    const dataDir = join(directory.path, "newer");
    {
      await using node = await MillraceProcess.start({ dataDir });
      await node.stop();
    }
    const file = join(dataDir, "meta.properties");
    const newer = readFileSync(file, "utf8").replace(/^version=.*$/m, "version=99");
    expect(newer).toContain("version=99");
    writeFileSync(file, newer);
    expectRefusal(await millrace(["start", ...at("newer"), ...anyPorts]), /newer.*(99|format|version)/i);
  });

  test("a directory of another node", async () => {
    const dataDir = join(directory.path, "other");
    {
      await using node = await MillraceProcess.start({ dataDir });
      await node.stop();
    }
    expectRefusal(await millrace(["start", ...at("other"), ...anyPorts, "--node-id", "2"]), /other.*node/i);
  });

  test("a directory of Apache Kafka", async () => {
    const dataDir = join(directory.path, "foreign");
    mkdirSync(join(dataDir, "orders-0"), { recursive: true });
    writeFileSync(
      join(dataDir, "meta.properties"),
      "version=1\ncluster.id=Bji5K_ZeTy2uXyakuZ5OMg\nnode.id=1\ndirectory.id=ltxOWbxzTvaOMDG7W5uH0A\n",
    );
    appendFileSync(join(dataDir, "orders-0", "00000000000000000000.log"), "");
    expectRefusal(await millrace(["start", ...at("foreign"), ...anyPorts]), /foreign/);
  });
});

test("--help explains, and exits with 0", async () => {
  const { exitCode, stdout } = await millrace(["start", "--help"]);
  expect(exitCode).toBe(0);
  expect(stdout.toString()).toContain("--data-dir");
});
