import * as childProcess from "node:child_process";
import * as dgram from "node:dgram";
import * as dns from "node:dns";
import * as fs from "node:fs";
import * as fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import * as net from "node:net";
import * as timers from "node:timers";
import * as timersPromises from "node:timers/promises";

/** Code of a node touched the real world: the run would depend on more than its seed. */
export class AmbientUse extends Error {
  override readonly name = "AmbientUse";
}

type Restore = () => void;
type Callable = (...args: never[]) => unknown;
type Holder = Record<string, unknown>;

const globalFunctions = ["setTimeout", "setInterval", "setImmediate", "fetch"];
const cryptoFunctions = ["getRandomValues", "randomUUID"];

/** Until the returned function is called, the ambient clock, chance, files, sockets and processes throw `AmbientUse`. */
export function trapAmbient(): Restore {
  const restores = [
    ...globalFunctions.map((name) => trap(globalThis as unknown as Holder, name, name)),
    trap(Math as unknown as Holder, "random", "Math.random"),
    trap(performance as unknown as Holder, "now", "performance.now"),
    trap(process as unknown as Holder, "hrtime", "process.hrtime"),
    ...cryptoFunctions.map((name) => trap(crypto as unknown as Holder, name, `crypto.${name}`)),
    trapDate(),
    ...trapModule("node:fs", fs),
    ...trapModule("node:fs/promises", fsPromises),
    ...trapModule("node:net", net),
    ...trapModule("node:dgram", dgram),
    ...trapModule("node:dns", dns),
    ...trapModule("node:timers", timers),
    ...trapModule("node:timers/promises", timersPromises),
    ...trapModule("node:child_process", childProcess),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const restore of restores.reverse()) restore();
    syncBuiltinESMExports();
  };
}

function trap(holder: Holder, name: string, called: string): Restore {
  const original = Object.getOwnPropertyDescriptor(holder, name);
  const throws = (): never => {
    throw new AmbientUse(`${called} was called in a simulation`);
  };
  Object.defineProperty(holder, name, { value: throws, configurable: true, writable: true });
  return () => {
    if (original === undefined)
      delete holder[name]; // it was inherited
    else Object.defineProperty(holder, name, original);
  };
}

/** Every function of a module of Node, the ones that other modules imported by name too. */
function trapModule(called: string, namespace: object): Restore[] {
  const module = (namespace as { readonly default: Holder }).default;
  return Object.keys(module)
    .filter((name) => typeof module[name] === "function" && !isClass(module[name] as Callable))
    .map((name) => trap(module, name, `${called} ${name}`));
}

function isClass(value: Callable): boolean {
  return /^[A-Z]/.test(value.name);
}

/** Dates made from a number stay: they are arithmetic. */
function trapDate(): Restore {
  const RealDate = Date;
  const message = "the ambient clock was read in a simulation";
  const TrappedDate = new Proxy(RealDate, {
    construct(target, args, newTarget) {
      if (args.length === 0) throw new AmbientUse(message);
      return Reflect.construct(target, args, newTarget);
    },
    apply() {
      throw new AmbientUse(message);
    },
    get(target, property, receiver) {
      if (property === "now") throw new AmbientUse(message);
      return Reflect.get(target, property, receiver);
    },
  });
  globalThis.Date = TrappedDate;
  return () => {
    globalThis.Date = RealDate;
  };
}
