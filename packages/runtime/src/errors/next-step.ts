/**
 * What a caller does about an error. All of `retry`, `refreshMetadata`, `findCoordinator`, `findController` and
 * `reopenSession` end in sending the request again, after a back-off; the others do not.
 */
export type NextStep =
  /** There was no error. */
  | "none"
  /** The same request to the same node, after a back-off. */
  | "retry"
  /** Ask who leads the partition or where the topic is, then retry there. */
  | "refreshMetadata"
  /** Ask who coordinates the group or transaction, then retry there. */
  | "findCoordinator"
  /** Ask who the active controller is, then retry there. */
  | "findController"
  /** Start a new fetch or share session, then retry in it. */
  | "reopenSession"
  /** Join the group again, giving up what the member held. */
  | "rejoin"
  /** Abort the open transaction; the producer may begin another. */
  | "abortTransaction"
  /** Authenticate the connection (again). */
  | "reauthenticate"
  /** Begin anew from the bootstrap addresses: what the client knows of the cluster is of no use. */
  | "rebootstrap"
  /** Tell the user: sending the same again gives the same answer. */
  | "fail";

const retrying: ReadonlySet<NextStep> = new Set<NextStep>([
  "retry",
  "refreshMetadata",
  "findCoordinator",
  "findController",
  "reopenSession",
]);

/** Whether the request may succeed when it is sent again as it is: Kafka's `RetriableException`. */
export function isRetriable(next: NextStep): boolean {
  return retrying.has(next);
}
