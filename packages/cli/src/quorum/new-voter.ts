import type { NewVoter, QuorumInfo } from "@millrace/client";
import { formatAddress } from "@millrace/runtime";
import { idsOf, isController } from "./member-names.ts";
import { QuorumError } from "./quorum-error.ts";

/**
 * The observer that is to become a voter: all of it but the id is known to the quorum. Throws a `QuorumError` when there
 * is none, or when several share the id and no directory is named.
 */
export function newVoter(
  { voters, observers }: QuorumInfo,
  nodeId: number,
  directoryId: string | undefined,
): NewVoter {
  const controllers = observers.filter(isController);
  const namesakes = controllers.filter((one) => one.nodeId === nodeId);
  const voter = voters.find((one) => one.nodeId === nodeId);
  if (voter !== undefined) {
    const [follower] = namesakes;
    throw new QuorumError(
      follower === undefined
        ? `controller ${nodeId} is a voter already, with directory ${voter.directoryId}`
        : `controller ${nodeId} follows with directory ${follower.directoryId}, but votes with ${voter.directoryId}, ` +
            `the one it had before; remove that one first: millrace quorum remove ${nodeId}`,
    );
  }
  const wanted = namesakes.filter((one) => directoryId === undefined || one.directoryId === directoryId);
  const [one, another] = wanted;
  if (one?.endpoint !== undefined && another === undefined) {
    return { nodeId, directoryId: one.directoryId, endpoint: one.endpoint };
  }
  if (another !== undefined) {
    const each = wanted.map((it) => `${it.directoryId} at ${it.endpoint && formatAddress(it.endpoint)}`);
    throw new QuorumError(
      `several controllers follow as ${nodeId}, with directories ${each.join(" and ")}; choose with --directory-id`,
    );
  }
  const [namesake] = namesakes;
  if (namesake !== undefined) {
    throw new QuorumError(
      `controller ${nodeId} follows with directory ${namesakes.map((it) => it.directoryId).join(" and ")}, ` +
        `not with ${directoryId}; leave --directory-id out, or correct it`,
    );
  }
  if (observers.some((it) => it.nodeId === nodeId)) {
    throw new QuorumError(`node ${nodeId} is a broker; only a controller can become a voter`);
  }
  throw new QuorumError(
    `no controller ${nodeId} follows the quorum (those that do: ${idsOf(controllers)}); start it with ` +
      `--controllers ${controllersOf(voters)}, and try again once millrace quorum describe shows it`,
  );
}

const controllersOf = (voters: QuorumInfo["voters"]): string =>
  voters.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [formatAddress(endpoint)])).join(",");
