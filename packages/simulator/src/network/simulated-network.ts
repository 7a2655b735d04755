import { assert, type Random } from "@millrace/runtime";
import type { World } from "../world/world.ts";
import { fairWeather, type LinkWeather } from "./link-weather.ts";

/** A machine on the network. Its process listens or does not; a machine without power does not even refuse. */
export interface NetworkPort<M> {
  readonly receive: (message: M) => void;
}

interface Host<M> {
  port: NetworkPort<M> | undefined;
  hasPower: boolean;
}

/** Where a message ended up that nobody listens for: told to its sender, when the answer gets through. */
type OnRefused = () => void;

/**
 * Carries messages between machines, each of which may be lost, late, twice, out of order, or cut off in one direction
 * or both. What is on its way when a process dies reaches the next one on that machine.
 */
export class SimulatedNetwork<M> {
  readonly #world: World;
  readonly #random: Random;
  readonly #hosts = new Map<string, Host<M>>();
  readonly #blocked = new Set<string>();
  /** When the last message of a link arrives, for links that keep the order. */
  readonly #lastArrivalMs = new Map<string, number>();
  readonly #describe: (message: M) => string;
  weather: LinkWeather = fairWeather;

  constructor(world: World, describe: (message: M) => string) {
    this.#world = world;
    this.#random = world.random.fork("network");
    this.#describe = describe;
  }

  addHost(host: string): void {
    this.#hosts.set(host, { port: undefined, hasPower: true });
  }

  listen(host: string, port: NetworkPort<M>): void {
    const found = this.#host(host);
    found.port = port;
    found.hasPower = true;
  }

  /** Messages are refused from now on: the process is gone, the machine is there. */
  close(host: string): void {
    this.#host(host).port = undefined;
  }

  /** Messages vanish from now on: the machine is gone too. */
  powerOff(host: string): void {
    const found = this.#host(host);
    found.port = undefined;
    found.hasPower = false;
  }

  powerOn(host: string): void {
    this.#host(host).hasPower = true;
  }

  /** Whoever is not on the network has power always. */
  hasPower(host: string): boolean {
    return this.#hosts.get(host)?.hasPower ?? true;
  }

  /** Nothing sent by `from` reaches `to` any more, not even what is on its way. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  unblock(from: string, to: string): void {
    this.#blocked.delete(`${from}>${to}`);
  }

  unblockAll(): void {
    this.#blocked.clear();
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocked.has(`${from}>${to}`);
  }

  send(from: string, to: string, message: M, onRefused: OnRefused): void {
    const { lossRate, duplicateRate } = this.weather;
    if (this.#draws(lossRate)) {
      this.#world.note(`net ${from}>${to} lost ${this.#describe(message)}`);
      return;
    }
    this.#deliver(from, to, message, onRefused);
    if (this.#draws(duplicateRate)) this.#deliver(from, to, message, onRefused);
  }

  #deliver(from: string, to: string, message: M, onRefused: OnRefused): void {
    this.#world.after(this.#delayMs(`${from}>${to}`), () => {
      if (this.isBlocked(from, to)) {
        this.#world.note(`net ${from}>${to} cut off ${this.#describe(message)}`);
        return;
      }
      const host = this.#hosts.get(to);
      if (host?.port !== undefined) {
        this.#world.note(`net ${from}>${to} ${this.#describe(message)}`);
        host.port.receive(message);
      } else if (host?.hasPower) this.#refuse(from, to, onRefused);
    });
  }

  #refuse(from: string, to: string, onRefused: OnRefused): void {
    this.#world.after(this.#delayMs(`${to}>${from}`), () => {
      if (this.isBlocked(to, from)) return;
      this.#world.note(`net ${from}>${to} refused`);
      onRefused();
    });
  }

  #delayMs(link: string): number {
    const { delayMsMin, delayMsMax, lateRate, lateMsMax, inOrder } = this.weather;
    const isLate = this.#draws(lateRate);
    const span = (isLate ? Math.max(lateMsMax, delayMsMax) : delayMsMax) - delayMsMin;
    const delayMs = delayMsMin + span * this.#random.fraction();
    if (!inOrder) return delayMs;
    const { nowMs } = this.#world;
    const arrivalMs = Math.max(nowMs + delayMs, this.#lastArrivalMs.get(link) ?? 0);
    this.#lastArrivalMs.set(link, arrivalMs);
    return arrivalMs - nowMs;
  }

  /** Draws nothing for a rate of 0, so that weather without a fault costs no chance. */
  #draws(rate: number): boolean {
    return rate > 0 && this.#random.fraction() < rate;
  }

  #host(name: string): Host<M> {
    const host = this.#hosts.get(name);
    assert(host !== undefined, "no such host");
    return host;
  }
}
