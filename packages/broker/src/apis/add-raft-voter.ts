// AddRaftVoter, versions 0-1. KIP-853; KIP-1186 (1: whether to wait for the commit, which is always done here).
import { uuidToBytes } from "@millrace/controller";
import { type AddRaftVoterRequest, addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import { ApiError, errorTable } from "@millrace/runtime";
import { addRaftVoter as add } from "../core/admin/quorum.ts";
import { defineApi } from "./kafka-api.ts";

export const addRaftVoter = defineApi({
  api: addRaftVoterApi,
  versions: { min: 0, max: 1 },
  async handle(request, context, broker) {
    const { voterId: nodeId, voterDirectoryId, clusterId, timeoutMs } = request;
    const voter = { nodeId, directoryId: uuidToBytes(voterDirectoryId), clusterId: clusterId ?? "" };
    await add(broker, context, voter, { ...endpointOf(request), timeoutMs });
    return { throttleTimeMs: 0, errorCode: errorTable.NONE.code, errorMessage: null };
  },
  refuse: (_request, { code, detail }) => ({ throttleTimeMs: 0, errorCode: code, errorMessage: detail }),
});

/** Controllers have one port here; a tool that reads a Kafka configuration may name more listeners than that. */
function endpointOf({ listeners }: AddRaftVoterRequest): { readonly host: string; readonly port: number } {
  const [first] = listeners;
  if (first === undefined) {
    throw new ApiError("INVALID_REQUEST", {
      detail: "Add voter request didn't include the endpoint of the voter.",
    });
  }
  return { host: first.host, port: first.port };
}
