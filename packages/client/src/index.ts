export { Admin } from "./admin/admin.ts";
export { ArgumentError } from "./arguments/argument-error.ts";
export type { ClientRuntime } from "./client-runtime.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { grpcTransport } from "./grpc/grpc-transport.ts";
export { MillraceClient } from "./millrace-client.ts";
export { murmur2, partitionForKey } from "./producer/partitioner.ts";
export { Producer } from "./producer/producer.ts";
export type { ProducerOptions } from "./producer/producer-options.ts";
export type { Payload, ProducerRecord, SentRecord } from "./producer/producer-record.ts";
export type { ReadOptions, ReceivedBatch, ReceivedRecord, StartPosition } from "./reader/read-options.ts";
export type {
  NewVoter,
  QuorumEndpoint,
  QuorumInfo,
  QuorumMember,
  VoterKey,
} from "./transport/quorum-info.ts";
export type {
  Acks,
  AdminTransport,
  AppendOutcome,
  CallOptions,
  ClusterInfo,
  CreatedTopic,
  FetchedBatches,
  FetchFrom,
  NewTopic,
  OffsetAnswer,
  OffsetQuery,
  OffsetSpec,
  Outcome,
  PartitionBatch,
  PartitionInfo,
  QuorumTransport,
  TopicInfo,
  Transport,
} from "./transport/transport.ts";
