import { EchoService } from "@millrace/proto/testing";
import { InProcessNetwork, InvariantViolation, ServiceTable } from "@millrace/runtime";
import { expect, test } from "vitest";

// What only the in-process transport does; all it shares with gRPC is in conformance.test.ts.

const clock = { nowMs: () => 0, monotonicMs: () => 0, setTimer: () => ({ cancel: () => {} }) };
const peer = { kind: "client", clientId: "tests", address: "" } as const;

function echoing(prefix = "") {
  const services = new ServiceTable();
  services.add(EchoService, {
    echo: async ({ text, payload }) => ({ text: prefix + text, payload }),
    async *generate() {},
    async *converse() {},
  });
  return services;
}

test("bytes are handed over as they are", async () => {
  const network = new InProcessNetwork({ clock });
  network.listen("node:1", echoing());
  const payload = new Uint8Array(3);
  const response = await network.connect("node:1", { peer }).client(EchoService).echo({ payload });
  expect(response.payload).toBe(payload);
});

test("everything goes through the given delivery, in order", async () => {
  const mail: (() => void)[] = [];
  const network = new InProcessNetwork({ clock, deliver: (run) => mail.push(run) });
  network.listen("node:1", echoing());
  const service = network.connect("node:1", { peer }).client(EchoService);
  const answers: string[] = [];
  const calls = ["a", "b"].map((text) => service.echo({ text }).then((answer) => answers.push(answer.text)));
  await expect.poll(() => mail.length).toBe(2);
  for (const run of mail.splice(0)) run();
  await expect.poll(() => mail.length).toBe(2);
  expect(answers).toEqual([]);
  for (const run of mail.splice(0)) run();
  await Promise.all(calls);
  expect(answers).toEqual(["a", "b"]);
});

test("a channel goes to whoever listens at its address now", async () => {
  const network = new InProcessNetwork({ clock });
  const service = network.connect("node:1", { peer }).client(EchoService);
  await expect(service.echo({})).rejects.toMatchObject({ reason: "refused" });
  const first = network.listen("node:1", echoing("first "));
  expect((await service.echo({ text: "x" })).text).toBe("first x");
  await first.close();
  await expect(service.echo({})).rejects.toMatchObject({ reason: "refused" });
  network.listen("node:1", echoing("second "));
  expect((await service.echo({ text: "x" })).text).toBe("second x");
});

test("an address is served once, and a table that is served is complete", () => {
  const network = new InProcessNetwork({ clock });
  const services = new ServiceTable();
  network.listen("node:1", services);
  expect(() => network.listen("node:1", services)).toThrow(InvariantViolation);
  expect(() => services.add(EchoService, {} as never)).toThrow(InvariantViolation);
});
