// RemoveRaftVoter, version 0. KIP-853.
import { uuidToBytes } from "@millrace/controller";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { errorTable } from "@millrace/runtime";
import { removeRaftVoter as remove } from "../core/admin/quorum.ts";
import { defineApi } from "./kafka-api.ts";

/** The request has no timeout of its own; milliseconds. */
const TIMEOUT_MS = 30_000;

export const removeRaftVoter = defineApi({
  api: removeRaftVoterApi,
  versions: { min: 0, max: 0 },
  async handle(request, context, broker) {
    const { voterId: nodeId, voterDirectoryId, clusterId } = request;
    await remove(
      broker,
      context,
      { nodeId, directoryId: uuidToBytes(voterDirectoryId), clusterId: clusterId ?? "" },
      TIMEOUT_MS,
    );
    return { throttleTimeMs: 0, errorCode: errorTable.NONE.code, errorMessage: null };
  },
  refuse: (_request, { code, detail }) => ({ throttleTimeMs: 0, errorCode: code, errorMessage: detail }),
});
