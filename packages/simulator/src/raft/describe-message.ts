import type { EntryId, Message } from "@millrace/raft";

/** One line a message, for transcripts. */
export function describeMessage(message: Message): string {
  return `${message.type} t${message.term} ${details(message)}`;
}

function details(message: Message): string {
  switch (message.type) {
    case "voteRequest":
    case "preVoteRequest":
      return `last ${id(message.last)}${message.transfer ? " transfer" : ""}`;
    case "voteResponse":
    case "preVoteResponse":
      return message.granted ? "yes" : "no";
    case "appendRequest": {
      const { previous, entries, commitIndex, round } = message;
      return `after ${id(previous)} +${entries.length} commit ${commitIndex} round ${round}`;
    }
    case "appendResponse": {
      const { accepted, lastIndex, hint, round } = message;
      return `${accepted ? "has" : "not"} ${lastIndex}${hint === undefined ? "" : ` hint ${id(hint)}`} round ${round}`;
    }
    case "snapshotChunk": {
      const { snapshot, offset, bytes, last } = message;
      return `${id(snapshot)} @${offset}+${bytes.length}${last ? " last" : ""}`;
    }
    case "snapshotResponse":
      return `${id(message.snapshot)} ${message.status} @${message.offset}`;
    case "readIndexRequest":
      return `token ${message.token}`;
    case "readIndexResponse":
      return `token ${message.token} index ${message.index}`;
    case "joinRequest":
      return message.endpoint.host;
    case "joinResponse":
      return message.leader === undefined
        ? "no leader"
        : `ask ${message.leader.id}/${message.leader.directoryId}`;
    case "timeoutNow":
      return "";
  }
}

function id({ index, term }: EntryId): string {
  return `${index}/${term}`;
}
