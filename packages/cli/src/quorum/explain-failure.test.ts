import { ApiError, RpcUnavailableError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { explainFailure, explainSilence } from "./explain-failure.ts";
import { QuorumError } from "./quorum-error.ts";

const asked = { address: "b:9094", from: "--bootstrap b:9094" };

test.each([
  [new RpcUnavailableError("refused"), "nothing listens at b:9094 (--bootstrap b:9094); give"],
  [new RpcUnavailableError("broken"), "b:9094 ended the connection (--bootstrap b:9094); see"],
  [new RpcUnavailableError("timeout"), "b:9094 cannot be reached (--bootstrap b:9094); check host and port"],
  [new ApiError("REQUEST_TIMED_OUT"), "b:9094 does not answer (--bootstrap b:9094); see that it runs"],
  [new ApiError("UNSUPPORTED_VERSION"), "b:9094 does not administer the quorum (--bootstrap b:9094)"],
  [new ApiError("NOT_CONTROLLER"), "b:9094 finds no active controller (--bootstrap b:9094)"],
  [new ApiError("NETWORK_EXCEPTION"), "b:9094 finds no active controller"],
  [new ApiError("INVALID_REQUEST", { detail: "bad" }), "bad (--bootstrap b:9094)"],
  [new ApiError("CLUSTER_AUTHORIZATION_FAILED"), "(CLUSTER_AUTHORIZATION_FAILED, from b:9094)"],
])("no answer is explained with address and flag: %s", (error, says) => {
  const explained = explainSilence(error, asked);
  expect(explained).toBeInstanceOf(QuorumError);
  expect(explained).toMatchObject({ message: expect.stringContaining(says), cause: error });
});

test("a change without an answer is left open, one that is refused is not", () => {
  for (const id of ["REQUEST_TIMED_OUT", "NOT_CONTROLLER", "NETWORK_EXCEPTION"] as const) {
    expect(explainFailure(new ApiError(id), asked)).toMatchObject({
      message: "b:9094 did not say whether it was done; millrace quorum describe tells",
    });
  }
  const refused = new ApiError("INVALID_VOTER_KEY", { detail: "Node 4 follows with another directory." });
  expect(explainFailure(refused, asked)).toMatchObject({
    message: "Node 4 follows with another directory (INVALID_VOTER_KEY)",
  });
});

test("what says what to do already, and our own bugs, stay as they are", () => {
  for (const error of [new QuorumError("do this"), new TypeError("a bug")]) {
    expect(explainSilence(error, asked)).toBe(error);
    expect(explainFailure(error, asked)).toBe(error);
  }
});
