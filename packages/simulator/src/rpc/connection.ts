import type { Random, Timer } from "@millrace/runtime";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { World } from "../world/world.ts";
import { Wire } from "./wire.ts";

/** A connection that was dead at two looks in a row is given up: gRPC's keepalive. */
const keepaliveMs = 1_500;

/** The network as connections see it. */
export interface Links {
  isBlocked(from: string, to: string): boolean;
  hasPower(host: string): boolean;
}

/** One end of a connection. */
export interface End {
  readonly host: string;
  /** Undefined: one that never fails. */
  readonly process: SimulatedProcess | undefined;
  /** The other end is gone, or out of reach for too long. Called in the process, once. */
  readonly onBroken: () => void;
}

interface Side {
  readonly host: string;
  readonly wire: Wire;
  /** What leads to the other end. */
  end: End | undefined;
  offEnd: () => void;
}

/** What the calls of one channel share, as over HTTP/2: where one got through, the next is on its way at once. */
export class ChannelState {
  #server: SimulatedProcess | undefined;

  get isOpen(): boolean {
    return this.#server !== undefined && !this.#server.hasEnded;
  }

  reached(server: SimulatedProcess): void {
    this.#server = server;
  }
}

export interface ConnectionOptions {
  readonly world: World;
  readonly random: Random;
  readonly links: Links;
  readonly channel: ChannelState;
}

/**
 * What one call goes over. When a process at an end dies, its machine tells the other one, after all that the process had
 * sent; without power it tells nothing, and what was on its way is lost.
 */
export class Connection {
  readonly #world: World;
  readonly #links: Links;
  readonly #channel: ChannelState;
  readonly #caller: Side;
  readonly #server: Side;
  #keepalive: Timer | undefined;
  #wasDead = false;
  #isClosed = false;

  constructor(
    { world, random, links, channel }: ConnectionOptions,
    { caller, to }: { readonly caller: End; readonly to: string },
  ) {
    this.#world = world;
    this.#links = links;
    this.#channel = channel;
    const side = (from: string, other: string): Side => ({
      host: from,
      wire: new Wire({ world, random, isCut: () => this.#isCut(from, other) }),
      end: undefined,
      offEnd: () => {},
    });
    this.#caller = side(caller.host, to);
    this.#server = side(to, caller.host);
    this.#attach(this.#caller, this.#server, caller);
    this.#look();
  }

  /** Somebody took the call. */
  accept(server: { readonly process: SimulatedProcess; readonly onBroken: () => void }): void {
    this.#channel.reached(server.process);
    this.#attach(this.#server, this.#caller, { ...server, host: this.#server.host });
  }

  /** From the caller. Runs in the network: the process at the server's end is entered by the one who knows it. */
  sendUp(arrive: () => void): void {
    if (!hasEnded(this.#caller)) this.#send(this.#caller, arrive);
  }

  /** To the caller; runs in its process. */
  sendDown(arrive: () => void): void {
    if (!hasEnded(this.#server)) this.#send(this.#server, () => enter(this.#caller.end, arrive));
  }

  /** The call is over at both ends. */
  close(): void {
    this.#isClosed = true;
    this.#keepalive?.cancel();
    for (const { wire, offEnd } of [this.#caller, this.#server]) {
      wire.drop();
      offEnd();
    }
  }

  #send({ wire }: Side, arrive: () => void): void {
    if (!this.#isClosed) wire.send(arrive);
  }

  #attach(side: Side, other: Side, end: End): void {
    side.end = end;
    side.offEnd = end.process?.onEnd(() => this.#ended(side, other)) ?? side.offEnd;
  }

  #ended(side: Side, other: Side): void {
    // Whether the machine has power is known when what befell it is over.
    this.#world.after(0, () => {
      // Where no call got through yet there is no connection, and so nothing left of what was to go over it.
      if (!this.#links.hasPower(side.host) || !this.#channel.isOpen) side.wire.drop();
      this.#send(side, () => this.#break(other));
    });
  }

  #look(): void {
    this.#keepalive = this.#world.clock.setTimer(keepaliveMs, () => {
      const isDead = !this.#answers();
      if (isDead && this.#wasDead) {
        this.#break(this.#caller, this.#server);
        return;
      }
      this.#wasDead = isDead;
      this.#look();
    });
  }

  #answers(): boolean {
    const [a, b] = [this.#caller, this.#server];
    const isUp = ({ end }: Side): boolean => end !== undefined && (end.process?.isRunning ?? true);
    return isUp(a) && isUp(b) && !this.#isCut(a.host, b.host) && !this.#isCut(b.host, a.host);
  }

  #break(...sides: readonly Side[]): void {
    for (const { end } of sides) enter(end, () => end?.onBroken());
    this.close();
  }

  #isCut(from: string, to: string): boolean {
    return this.#links.isBlocked(from, to) || !this.#links.hasPower(from) || !this.#links.hasPower(to);
  }
}

/** What a process that was killed had begun goes on to no effect. */
function hasEnded({ end }: Side): boolean {
  return end?.process?.hasEnded ?? false;
}

function enter(end: End | undefined, event: () => void): void {
  if (end?.process === undefined) event();
  else end.process.enter(event);
}
