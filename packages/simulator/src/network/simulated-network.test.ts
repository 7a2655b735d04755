import { expect, test } from "vitest";
import { World } from "../world/world.ts";
import { fairWeather, type LinkWeather } from "./link-weather.ts";
import { SimulatedNetwork } from "./simulated-network.ts";

function setup(weather: Partial<LinkWeather> = {}, seed = 1) {
  const world = new World({ seed });
  const network = new SimulatedNetwork<string>(world, (message) => message);
  network.weather = { ...fairWeather, ...weather };
  const received: string[] = [];
  for (const host of ["a", "b"]) {
    network.addHost(host);
    network.listen(host, { receive: (message) => received.push(`${host}:${message}`) });
  }
  const refused: string[] = [];
  const send = (from: string, to: string, message: string): void =>
    network.send(from, to, message, () => refused.push(message));
  return { world, network, received, refused, send };
}

const numbers = Array.from({ length: 200 }, (_, i) => String(i));

test("in fair weather everything arrives once and in order", async () => {
  const { world, received, send } = setup();
  for (const n of numbers) send("a", "b", n);
  await world.run();
  expect(received).toEqual(numbers.map((n) => `b:${n}`));
});

test("loses, repeats and reorders at its rates", async () => {
  const { world, received, send } = setup({ lossRate: 0.5 });
  for (const n of numbers) send("a", "b", n);
  await world.run();
  expect(received.length).toBeGreaterThan(50);
  expect(received.length).toBeLessThan(150);

  const twice = setup({ duplicateRate: 1 });
  twice.send("a", "b", "x");
  await twice.world.run();
  expect(twice.received).toEqual(["b:x", "b:x"]);

  const shuffled = setup({ inOrder: false, lateRate: 0.5, lateMsMax: 50 });
  for (const n of numbers) shuffled.send("a", "b", n);
  await shuffled.world.run();
  expect(shuffled.received).not.toEqual(numbers.map((n) => `b:${n}`));
  expect(shuffled.received.toSorted()).toEqual(numbers.map((n) => `b:${n}`).toSorted());
});

test("a block holds in one direction, also for what is on its way", async () => {
  const { world, network, received, send } = setup();
  send("a", "b", "on its way");
  network.block("a", "b");
  send("a", "b", "sent later");
  send("b", "a", "back");
  await world.run();
  expect(received).toEqual(["a:back"]);
  network.unblock("a", "b");
  send("a", "b", "again");
  await world.run();
  expect(received).toEqual(["a:back", "b:again"]);
});

test("a machine without a process refuses; one without power is silent, and so is one that cannot answer", async () => {
  const { world, network, refused, received, send } = setup();
  network.close("b");
  send("a", "b", "refused");
  await world.run();
  network.block("b", "a");
  send("a", "b", "answer lost");
  await world.run();
  network.unblockAll();
  network.powerOff("b");
  send("a", "b", "dark");
  send("a", "nowhere", "unknown");
  await world.run();
  expect(network.hasPower("b")).toBe(false);
  network.powerOn("b");
  send("a", "b", "refused again");
  await world.run();
  expect(network.hasPower("b")).toBe(true);
  expect(refused).toEqual(["refused", "refused again"]);
  expect(received).toEqual([]);
});
