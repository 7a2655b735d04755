import { type ControllerAddress, QuorumChannel } from "@millrace/controller";
import { ApiError, type RpcChannel } from "@millrace/runtime";

export interface ContactsOptions {
  /** Where other controllers are thought to be. */
  readonly contacts: readonly ControllerAddress[];
  readonly connect: (address: ControllerAddress) => RpcChannel;
}

/** Asks every contact, for a second at most, and rejects when one will never take this node for one of its cluster. */
export async function throwRefusal({ contacts, connect }: ContactsOptions): Promise<void> {
  if (contacts.length === 0) return;
  const channel = new QuorumChannel({ controllers: contacts, connect });
  const refusal = await channel.refusal();
  await channel.close();
  if (refusal?.id !== "INCONSISTENT_CLUSTER_ID") {
    if (refusal !== undefined) throw refusal;
    return;
  }
  throw new ApiError(refusal.id, {
    detail: `${refusal.detail}: correct cluster.id, or the addresses of the controllers`,
    cause: refusal,
  });
}
