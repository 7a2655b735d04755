import { randomBelow } from "@millrace/runtime";
import { nameOf } from "../ledger/log-slot.ts";
import type { QuorumNode } from "../raft/quorum-node.ts";
import { between } from "../raft/quorum-plan.ts";
import type { Fault, Strike } from "./fault.ts";
import { victim } from "./process-faults.ts";

function weather({ quorum, random, until }: Strike, strike: (node: QuorumNode) => () => void): void {
  const node = victim(quorum, random);
  if (node === undefined) return;
  until(between(random, 50, 3_000), strike(node));
}

export const slowDisk: Fault = (strike) =>
  weather(strike, ({ diskWeather, machine }) => {
    strike.quorum.world.note(`${machine.name} has a slow disk`);
    diskWeather.slowness = between(strike.random, 3, 60);
    return () => {
      diskWeather.slowness = 1;
    };
  });

export const fullDisk: Fault = (strike) =>
  weather(strike, (node) => {
    strike.quorum.world.note(`${node.machine.name} has a full disk`);
    strike.quorum.expectDiskError(node, "FULL");
    node.diskWeather.isFull = true;
    return () => {
      node.diskWeather.isFull = false;
    };
  });

export const brokenDisk: Fault = (strike) =>
  weather(strike, (node) => {
    strike.quorum.world.note(`${node.machine.name} has a disk that cannot sync`);
    strike.quorum.expectDiskError(node, "IO");
    node.diskWeather.isBroken = true;
    return () => {
      node.diskWeather.isBroken = false;
    };
  });

/**
 * Turns over a bit of something that had been synced. Of the newest segment nothing: damage in its last group cannot be
 * told from a torn write, so what raft promises begins behind it. Found when the file is read, at a restart at the latest.
 */
export const rot: Fault = ({ quorum, random }) => {
  const node = victim(quorum, random);
  if (node === undefined || quorum.losses.isRotten(node)) return;
  const { disk, name } = node.machine;
  void disk.list("raft").then((entries) => {
    // It may have been read slowly, and much may have happened meanwhile.
    if (node.machine.disk !== disk || !quorum.losses.canLose(node)) return;
    const files = entries
      .map((entry) => entry.name)
      .filter((file) => /^hard-state$|\.(raftlog|snapshot)$/.test(file));
    const newest = files.filter((file) => file.endsWith(".raftlog")).at(-1);
    const damageable = files.filter((file) => file !== newest);
    const file = damageable[randomBelow(random, Math.max(1, damageable.length))];
    if (file === undefined) return;
    quorum.world.note(`${name} rots in ${file}`);
    quorum.losses.rotted(node);
    disk.rot(`raft/${file}`);
  });
};

/** The disk is gone, and the machine comes back with another one: another member, which has to be let in. */
export const replaceDisk: Fault = ({ quorum, random }) => {
  const node = victim(quorum, random);
  if (node === undefined || !quorum.losses.canLose(node)) return;
  quorum.world.note(`${nameOf(node.key)} loses its disk`);
  quorum.replaceDisk(node);
  quorum.startLater(node);
};
