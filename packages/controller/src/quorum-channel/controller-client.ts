import { ControllerService } from "@millrace/proto/controller";
import {
  ApiError,
  type CallOptions,
  type Clock,
  type RpcChannel,
  type ServiceClient,
  sleep,
} from "@millrace/runtime";

/** How long a controller may be on the move; milliseconds. */
const MOVING_MAX_MS = 5_000;
/** How often it is looked for: an election takes tens of milliseconds, or a majority is gone. */
const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 50;

/**
 * Calls the active controller. While there is none, or it cannot be reached or is lost with a call on its way, the call is
 * repeated for up to five seconds; the channel finds out where it is. What was decided all the same is not done twice: a topic
 * that was made is known by its id, one that was deleted is answered as unknown.
 */
export function controllerClient(channel: RpcChannel, clock: Clock): ServiceClient<typeof ControllerService> {
  const client = channel.client(ControllerService);
  const repeated =
    <Request, Response>(call: (request: Request, options?: CallOptions) => Promise<Response>) =>
    (request: Request, options?: CallOptions) =>
      repeat(() => call(request, options), clock, options?.signal);
  return {
    createTopics: repeated(client.createTopics),
    deleteTopics: repeated(client.deleteTopics),
    createPartitions: repeated(client.createPartitions),
    alterConfigs: repeated(client.alterConfigs),
    allocateProducerIds: repeated(client.allocateProducerIds),
    updateFeatures: repeated(client.updateFeatures),
    describeQuorum: repeated(client.describeQuorum),
    addRaftVoter: repeated(client.addRaftVoter),
    removeRaftVoter: repeated(client.removeRaftVoter),
    updateRaftVoter: repeated(client.updateRaftVoter),
    moveController: repeated(client.moveController),
    describeFeatures: client.describeFeatures,
    brokerSession: client.brokerSession,
    metadataFeed: client.metadataFeed,
  };
}

async function repeat<T>(call: () => Promise<T>, clock: Clock, signal: AbortSignal | undefined): Promise<T> {
  const deadlineMs = clock.monotonicMs() + MOVING_MAX_MS;
  let pauseMs = RETRY_MIN_MS;
  let mayHurry = true;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isUndecided(error) || signal?.aborted || clock.monotonicMs() >= deadlineMs) throw error;
      // The channel turns elsewhere from one that is gone, or that points to another: there it goes at once, though not
      // in circles.
      const isElsewhere = error.servedBy !== undefined || error.id === "NETWORK_EXCEPTION";
      if (mayHurry && isElsewhere) {
        mayHurry = false;
        continue;
      }
    }
    await sleep(clock, pauseMs);
    pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS);
    mayHurry = true;
  }
}

/**
 * Either may come after a change was accepted, whose outcome is then unknown; repeating finds out. NETWORK_EXCEPTION is
 * ours, or that of a controller that had forwarded the call.
 */
function isUndecided(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.id === "NOT_CONTROLLER" || error.id === "NETWORK_EXCEPTION");
}
