import { RaftNode, type RaftNodeOptions } from "@millrace/raft";
import type { Guest } from "./guest.ts";
import type { RegisterMachine } from "./register-machine.ts";

/** A register machine right on a raft node. */
export class RegisterGuest implements Guest {
  readonly registers: RegisterMachine;
  #node: RaftNode | undefined;

  constructor(registers: RegisterMachine) {
    this.registers = registers;
  }

  async open(options: Omit<RaftNodeOptions, "stateMachine">): Promise<RaftNode> {
    this.#node = await RaftNode.open({ ...options, stateMachine: this.registers });
    return this.#node;
  }

  async stop(): Promise<void> {
    await this.#node?.stop();
  }
}
