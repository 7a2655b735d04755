import type { NextStep } from "./next-step.ts";

export interface ErrorEntry {
  /** Kafka's number, on the wire a 16-bit integer. */
  readonly code: number;
  readonly next: NextStep;
  /** For people, as the end of a sentence that begins with the name. */
  readonly text: string;
}

/**
 * Every error there is: names, numbers and whether retrying helps are Apache Kafka 4.3.1's, the texts our own.
 * Broker, client and the reference page all go by this table.
 */
export const errorTable = {
  UNKNOWN_SERVER_ERROR: { code: -1, next: "fail", text: "the server failed in a way it did not expect" },
  NONE: { code: 0, next: "none", text: "no error" },
  OFFSET_OUT_OF_RANGE: { code: 1, next: "fail", text: "the offset is outside of the log" },
  CORRUPT_MESSAGE: {
    code: 2,
    next: "retry",
    text: "the record batch is corrupt: its CRC, size or format is wrong",
  },
  UNKNOWN_TOPIC_OR_PARTITION: {
    code: 3,
    next: "refreshMetadata",
    text: "this broker does not know the topic or partition",
  },
  INVALID_FETCH_SIZE: { code: 4, next: "fail", text: "the fetch size is invalid" },
  LEADER_NOT_AVAILABLE: { code: 5, next: "refreshMetadata", text: "the partition has no leader now" },
  NOT_LEADER_OR_FOLLOWER: {
    code: 6,
    next: "refreshMetadata",
    text: "this broker does not lead the partition or does not replicate it",
  },
  REQUEST_TIMED_OUT: { code: 7, next: "retry", text: "the request did not finish in its time" },
  BROKER_NOT_AVAILABLE: { code: 8, next: "fail", text: "the broker is not available" },
  REPLICA_NOT_AVAILABLE: {
    code: 9,
    next: "refreshMetadata",
    text: "the replica is not available on this broker",
  },
  MESSAGE_TOO_LARGE: { code: 10, next: "fail", text: "the record batch is larger than the topic allows" },
  STALE_CONTROLLER_EPOCH: {
    code: 11,
    next: "fail",
    text: "the controller epoch is older than the one already seen",
  },
  OFFSET_METADATA_TOO_LARGE: {
    code: 12,
    next: "fail",
    text: "the metadata of the offset commit is too large",
  },
  NETWORK_EXCEPTION: {
    code: 13,
    next: "refreshMetadata",
    text: "the connection broke before the response came",
  },
  COORDINATOR_LOAD_IN_PROGRESS: {
    code: 14,
    next: "retry",
    text: "the coordinator is still loading its state",
  },
  COORDINATOR_NOT_AVAILABLE: {
    code: 15,
    next: "findCoordinator",
    text: "there is no coordinator for this id now",
  },
  NOT_COORDINATOR: { code: 16, next: "findCoordinator", text: "this node is not the coordinator of this id" },
  INVALID_TOPIC_EXCEPTION: { code: 17, next: "fail", text: "the topic name is invalid" },
  RECORD_LIST_TOO_LARGE: { code: 18, next: "fail", text: "the record batch is larger than a segment" },
  NOT_ENOUGH_REPLICAS: {
    code: 19,
    next: "retry",
    text: "fewer replicas are in sync than the topic asks for",
  },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: {
    code: 20,
    next: "retry",
    text: "written, but fewer replicas were in sync than the topic asks for",
  },
  INVALID_REQUIRED_ACKS: { code: 21, next: "fail", text: "acks must be -1, 0 or 1" },
  ILLEGAL_GENERATION: { code: 22, next: "rejoin", text: "the generation is not the group's current one" },
  INCONSISTENT_GROUP_PROTOCOL: {
    code: 23,
    next: "fail",
    text: "the member's protocol does not fit the group's",
  },
  INVALID_GROUP_ID: { code: 24, next: "fail", text: "the group id is invalid" },
  UNKNOWN_MEMBER_ID: { code: 25, next: "rejoin", text: "the group does not have this member" },
  INVALID_SESSION_TIMEOUT: {
    code: 26,
    next: "fail",
    text: "the session timeout is outside of what the broker allows",
  },
  REBALANCE_IN_PROGRESS: { code: 27, next: "rejoin", text: "the group is rebalancing" },
  INVALID_COMMIT_OFFSET_SIZE: { code: 28, next: "fail", text: "the offset commit is too large" },
  TOPIC_AUTHORIZATION_FAILED: { code: 29, next: "fail", text: "not authorized for the topic" },
  GROUP_AUTHORIZATION_FAILED: { code: 30, next: "fail", text: "not authorized for the group" },
  CLUSTER_AUTHORIZATION_FAILED: { code: 31, next: "fail", text: "not authorized for the cluster" },
  INVALID_TIMESTAMP: {
    code: 32,
    next: "fail",
    text: "the record timestamp is outside of what the topic allows",
  },
  UNSUPPORTED_SASL_MECHANISM: { code: 33, next: "fail", text: "the SASL mechanism is not enabled" },
  ILLEGAL_SASL_STATE: {
    code: 34,
    next: "reauthenticate",
    text: "the request does not fit the state of the authentication",
  },
  UNSUPPORTED_VERSION: { code: 35, next: "fail", text: "the version of the request is not supported" },
  TOPIC_ALREADY_EXISTS: { code: 36, next: "fail", text: "a topic of this name exists" },
  INVALID_PARTITIONS: { code: 37, next: "fail", text: "the number of partitions is invalid" },
  INVALID_REPLICATION_FACTOR: {
    code: 38,
    next: "fail",
    text: "the replication factor is invalid or larger than the number of brokers",
  },
  INVALID_REPLICA_ASSIGNMENT: { code: 39, next: "fail", text: "the replica assignment is invalid" },
  INVALID_CONFIG: { code: 40, next: "fail", text: "the configuration is invalid" },
  NOT_CONTROLLER: { code: 41, next: "findController", text: "this node is not the active controller" },
  INVALID_REQUEST: { code: 42, next: "fail", text: "the request is malformed or contradicts itself" },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: {
    code: 43,
    next: "fail",
    text: "the record format of the partition does not support the request",
  },
  POLICY_VIOLATION: { code: 44, next: "fail", text: "the request violates a policy of the cluster" },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    code: 45,
    next: "fail",
    text: "a sequence number is missing before this batch",
  },
  DUPLICATE_SEQUENCE_NUMBER: { code: 46, next: "fail", text: "the batch is an older duplicate" },
  INVALID_PRODUCER_EPOCH: {
    code: 47,
    next: "fail",
    text: "the producer epoch is older than the current one",
  },
  INVALID_TXN_STATE: { code: 48, next: "fail", text: "the transaction is not in a state that allows this" },
  INVALID_PRODUCER_ID_MAPPING: {
    code: 49,
    next: "fail",
    text: "the producer id is not the one of the transactional id",
  },
  INVALID_TRANSACTION_TIMEOUT: {
    code: 50,
    next: "fail",
    text: "the transaction timeout is larger than the broker allows",
  },
  CONCURRENT_TRANSACTIONS: {
    code: 51,
    next: "retry",
    text: "another operation on the transaction is in progress",
  },
  TRANSACTION_COORDINATOR_FENCED: {
    code: 52,
    next: "fail",
    text: "a newer transaction coordinator has taken over",
  },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    code: 53,
    next: "fail",
    text: "not authorized for the transactional id",
  },
  SECURITY_DISABLED: { code: 54, next: "fail", text: "no security feature is configured" },
  OPERATION_NOT_ATTEMPTED: { code: 55, next: "fail", text: "not attempted because a part before it failed" },
  KAFKA_STORAGE_ERROR: { code: 56, next: "refreshMetadata", text: "the disk of the replica failed" },
  LOG_DIR_NOT_FOUND: { code: 57, next: "fail", text: "the log directory is not there" },
  SASL_AUTHENTICATION_FAILED: { code: 58, next: "fail", text: "authentication failed" },
  UNKNOWN_PRODUCER_ID: { code: 59, next: "fail", text: "the log has no state of this producer id" },
  REASSIGNMENT_IN_PROGRESS: {
    code: 60,
    next: "fail",
    text: "a reassignment of the partition is in progress",
  },
  DELEGATION_TOKEN_AUTH_DISABLED: { code: 61, next: "fail", text: "delegation tokens are not enabled" },
  DELEGATION_TOKEN_NOT_FOUND: { code: 62, next: "fail", text: "the delegation token does not exist" },
  DELEGATION_TOKEN_OWNER_MISMATCH: {
    code: 63,
    next: "fail",
    text: "the delegation token belongs to another principal",
  },
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: {
    code: 64,
    next: "fail",
    text: "delegation tokens need an authenticated connection that does not itself use one",
  },
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: {
    code: 65,
    next: "fail",
    text: "not authorized for the delegation token",
  },
  DELEGATION_TOKEN_EXPIRED: { code: 66, next: "reauthenticate", text: "the delegation token has expired" },
  INVALID_PRINCIPAL_TYPE: { code: 67, next: "fail", text: "the principal type is not supported" },
  NON_EMPTY_GROUP: { code: 68, next: "fail", text: "the group still has members" },
  GROUP_ID_NOT_FOUND: { code: 69, next: "fail", text: "there is no such group" },
  FETCH_SESSION_ID_NOT_FOUND: {
    code: 70,
    next: "reopenSession",
    text: "the broker does not have this fetch session",
  },
  INVALID_FETCH_SESSION_EPOCH: {
    code: 71,
    next: "reopenSession",
    text: "the fetch session epoch is not the expected one",
  },
  LISTENER_NOT_FOUND: {
    code: 72,
    next: "refreshMetadata",
    text: "the leader has no endpoint on this listener",
  },
  TOPIC_DELETION_DISABLED: { code: 73, next: "fail", text: "deletion of topics is disabled" },
  FENCED_LEADER_EPOCH: {
    code: 74,
    next: "refreshMetadata",
    text: "the leader epoch is older than the current one",
  },
  UNKNOWN_LEADER_EPOCH: {
    code: 75,
    next: "retry",
    text: "the leader epoch is newer than the one this broker knows",
  },
  UNSUPPORTED_COMPRESSION_TYPE: {
    code: 76,
    next: "fail",
    text: "the compression type is not supported by this version",
  },
  STALE_BROKER_EPOCH: { code: 77, next: "fail", text: "the broker epoch is not the current one" },
  OFFSET_NOT_AVAILABLE: { code: 78, next: "retry", text: "the leader does not know its high watermark yet" },
  MEMBER_ID_REQUIRED: { code: 79, next: "rejoin", text: "join again with the member id of this response" },
  PREFERRED_LEADER_NOT_AVAILABLE: {
    code: 80,
    next: "refreshMetadata",
    text: "the preferred leader is not available",
  },
  GROUP_MAX_SIZE_REACHED: { code: 81, next: "fail", text: "the group is full" },
  FENCED_INSTANCE_ID: { code: 82, next: "fail", text: "another member took over the group instance id" },
  ELIGIBLE_LEADERS_NOT_AVAILABLE: {
    code: 83,
    next: "refreshMetadata",
    text: "no eligible leader is available",
  },
  ELECTION_NOT_NEEDED: {
    code: 84,
    next: "refreshMetadata",
    text: "the partition has the leader it should have",
  },
  NO_REASSIGNMENT_IN_PROGRESS: { code: 85, next: "fail", text: "there is no reassignment in progress" },
  GROUP_SUBSCRIBED_TO_TOPIC: {
    code: 86,
    next: "fail",
    text: "a member of the group subscribes to the topic",
  },
  INVALID_RECORD: { code: 87, next: "fail", text: "a record is invalid" },
  UNSTABLE_OFFSET_COMMIT: {
    code: 88,
    next: "retry",
    text: "an offset commit of an open transaction is pending",
  },
  THROTTLING_QUOTA_EXCEEDED: { code: 89, next: "retry", text: "the quota is used up" },
  PRODUCER_FENCED: {
    code: 90,
    next: "fail",
    text: "a newer producer with the same transactional id took over",
  },
  RESOURCE_NOT_FOUND: { code: 91, next: "fail", text: "the resource does not exist" },
  DUPLICATE_RESOURCE: { code: 92, next: "fail", text: "the resource appears twice in the request" },
  UNACCEPTABLE_CREDENTIAL: { code: 93, next: "fail", text: "the credential does not meet the requirements" },
  INCONSISTENT_VOTER_SET: { code: 94, next: "fail", text: "the voter sets of sender and receiver differ" },
  INVALID_UPDATE_VERSION: { code: 95, next: "fail", text: "the update version is invalid" },
  FEATURE_UPDATE_FAILED: { code: 96, next: "fail", text: "the feature level cannot be set" },
  PRINCIPAL_DESERIALIZATION_FAILURE: {
    code: 97,
    next: "fail",
    text: "the forwarded principal cannot be read",
  },
  SNAPSHOT_NOT_FOUND: { code: 98, next: "fail", text: "there is no such snapshot" },
  POSITION_OUT_OF_RANGE: { code: 99, next: "fail", text: "the position is outside of the snapshot" },
  UNKNOWN_TOPIC_ID: { code: 100, next: "refreshMetadata", text: "this broker does not know the topic id" },
  DUPLICATE_BROKER_REGISTRATION: {
    code: 101,
    next: "fail",
    text: "another broker of this id is registered and alive",
  },
  BROKER_ID_NOT_REGISTERED: { code: 102, next: "fail", text: "no broker of this id is registered" },
  INCONSISTENT_TOPIC_ID: {
    code: 103,
    next: "refreshMetadata",
    text: "the topic id does not belong to the topic name",
  },
  INCONSISTENT_CLUSTER_ID: { code: 104, next: "fail", text: "the cluster id is another one" },
  TRANSACTIONAL_ID_NOT_FOUND: { code: 105, next: "fail", text: "there is no such transactional id" },
  FETCH_SESSION_TOPIC_ID_ERROR: {
    code: 106,
    next: "reopenSession",
    text: "the fetch session mixes topic ids with topic names",
  },
  INELIGIBLE_REPLICA: { code: 107, next: "fail", text: "the replica may not join the in-sync replicas" },
  NEW_LEADER_ELECTED: { code: 108, next: "fail", text: "the partition has a new leader since" },
  OFFSET_MOVED_TO_TIERED_STORAGE: { code: 109, next: "fail", text: "the offset has moved to tiered storage" },
  FENCED_MEMBER_EPOCH: { code: 110, next: "rejoin", text: "another member epoch took over" },
  UNRELEASED_INSTANCE_ID: {
    code: 111,
    next: "fail",
    text: "another member still owns the group instance id",
  },
  UNSUPPORTED_ASSIGNOR: { code: 112, next: "fail", text: "the group does not offer this assignor" },
  STALE_MEMBER_EPOCH: { code: 113, next: "rejoin", text: "the member epoch is older than the current one" },
  MISMATCHED_ENDPOINT_TYPE: {
    code: 114,
    next: "fail",
    text: "this endpoint serves requests of another type",
  },
  UNSUPPORTED_ENDPOINT_TYPE: { code: 115, next: "fail", text: "the endpoint type is not supported" },
  UNKNOWN_CONTROLLER_ID: { code: 116, next: "fail", text: "there is no controller of this id" },
  UNKNOWN_SUBSCRIPTION_ID: {
    code: 117,
    next: "fail",
    text: "the telemetry subscription is not the current one",
  },
  TELEMETRY_TOO_LARGE: { code: 118, next: "fail", text: "the telemetry payload is too large" },
  INVALID_REGISTRATION: { code: 119, next: "fail", text: "the registration is invalid" },
  TRANSACTION_ABORTABLE: { code: 120, next: "abortTransaction", text: "the transaction has to be aborted" },
  INVALID_RECORD_STATE: { code: 121, next: "fail", text: "the record is not locked by this member" },
  SHARE_SESSION_NOT_FOUND: {
    code: 122,
    next: "reopenSession",
    text: "the broker does not have this share session",
  },
  INVALID_SHARE_SESSION_EPOCH: {
    code: 123,
    next: "reopenSession",
    text: "the share session epoch is not the expected one",
  },
  FENCED_STATE_EPOCH: {
    code: 124,
    next: "fail",
    text: "a newer state epoch has taken over the share partition",
  },
  INVALID_VOTER_KEY: { code: 125, next: "fail", text: "the voter's id and directory id do not fit" },
  DUPLICATE_VOTER: { code: 126, next: "fail", text: "the node is a voter already" },
  VOTER_NOT_FOUND: { code: 127, next: "fail", text: "the node is not a voter" },
  INVALID_REGULAR_EXPRESSION: { code: 128, next: "fail", text: "the regular expression is invalid" },
  REBOOTSTRAP_REQUIRED: { code: 129, next: "rebootstrap", text: "begin again from the bootstrap addresses" },
  STREAMS_INVALID_TOPOLOGY: { code: 130, next: "fail", text: "the streams topology is invalid" },
  STREAMS_INVALID_TOPOLOGY_EPOCH: { code: 131, next: "fail", text: "the streams topology epoch is invalid" },
  STREAMS_TOPOLOGY_FENCED: {
    code: 132,
    next: "fail",
    text: "the streams topology epoch is older than the current one",
  },
  SHARE_SESSION_LIMIT_REACHED: {
    code: 133,
    next: "retry",
    text: "no more share sessions fit on this broker",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorName = keyof typeof errorTable;

const nameByCode: ReadonlyMap<number, ErrorName> = new Map(
  (Object.keys(errorTable) as ErrorName[]).map((name) => [errorTable[name].code, name]),
);

export function errorCode(name: ErrorName): number {
  return errorTable[name].code;
}

/** `UNKNOWN_SERVER_ERROR` for a number that this version does not know. */
export function errorByCode(code: number): ErrorName {
  return nameByCode.get(code) ?? "UNKNOWN_SERVER_ERROR";
}

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(errorTable, name);
}
