import { RegisterHistory } from "../linearizability/register-history.ts";
import type { RegisterOutput } from "../linearizability/register-model.ts";
import { Client } from "./client.ts";
import type { GuestHost, Workload } from "./guest.ts";
import type { Quorum } from "./quorum.ts";
import { RegisterGuest } from "./register-guest.ts";
import { RegisterMachine } from "./register-machine.ts";

/** Registers, and clients that read, write, compare and set them. */
export class RegisterWorkload implements Workload<RegisterGuest> {
  readonly clients: readonly Client[];
  readonly history: RegisterHistory;
  readonly #quorum: Quorum<RegisterGuest>;
  readonly #outputs = new Map<string, RegisterOutput>();

  constructor(quorum: Quorum<RegisterGuest>) {
    this.#quorum = quorum;
    const { plan } = quorum;
    this.history = new RegisterHistory({
      objects: plan.registers,
      operationsMax: 40,
      lostMax: 4,
      violate: (message) => quorum.violate("linearizable", message),
    });
    this.clients = Array.from({ length: plan.clients }, (_, i) => this.#makeClient(i + 1));
  }

  makeGuest({ process, applied, restored, pause }: GuestHost): RegisterGuest {
    const onOutput = ({ id }: { readonly id: string }, output: RegisterOutput): void => {
      if (!process.hasEnded) this.#outputs.set(id, output);
    };
    return new RegisterGuest(
      new RegisterMachine({ onApplied: applied, onRestored: restored, onOutput, pause }),
    );
  }

  /** Every other one mostly reads: a leader that is cut off keeps whoever writes waiting, and might fool who reads. */
  #makeClient(id: number): Client {
    const quorum = this.#quorum;
    const { habits } = quorum.plan;
    return new Client({
      name: `c${id}`,
      world: quorum.world,
      watch: quorum.watch,
      history: this.history,
      habits: id % 2 === 0 ? { ...habits, readRate: 0.9 } : habits,
      nodes: () => quorum.nodes,
      leader: () => quorum.leader(),
      takeOutput: (command) => {
        const output = this.#outputs.get(command);
        this.#outputs.delete(command);
        return output;
      },
    });
  }
}
