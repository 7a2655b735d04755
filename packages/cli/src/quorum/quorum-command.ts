import type { QuorumInfo } from "@millrace/client";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { QuorumFlags } from "./ask-at.ts";
import type { QuorumAdmin } from "./quorum-admin.ts";

type DirectoryFlag = { readonly directoryId?: string };

/** `millrace quorum`: who the controllers of a cluster are, and which of them vote and lead. */
export function addQuorumCommand(program: Command): void {
  const quorum = program
    .command("quorum")
    .description("describe the controllers of a cluster, and change who of them votes and who is active");
  const command = (name: string, what: string): Command =>
    quorum
      .command(name)
      .description(what)
      .option("--bootstrap <host:port>", "gRPC address of a broker or controller")
      .option("--data-dir <dir>", "of a stack, whose nodes are asked then");

  command("describe", "say who leads, who votes, who follows, and how far behind they are")
    .option("--json", "one JSON object, for programs")
    .action(async (flags: QuorumFlags & { readonly json?: true }) => {
      const { quorumJson, quorumLines } = await import("./quorum-lines.ts");
      const described = await on(flags, async (_, quorum) => quorum);
      for (const line of flags.json ? [quorumJson(described)] : quorumLines(described)) say(line);
    });
  command("add", "make a controller that follows the quorum a voter")
    .argument("<id>", "its node id", parseId)
    .addOption(directoryOption("which one, when several controllers follow with that id"))
    .action(async (id: number, flags: QuorumFlags & DirectoryFlag) => {
      const { addVoter } = await import("./add-voter.ts");
      say(await on(flags, (admin, quorum) => addVoter(admin, quorum, id, flags.directoryId)));
    });
  command("remove", "take a voter out of the quorum, one that runs or one that is lost")
    .argument("<id>", "its node id", parseId)
    .addOption(directoryOption("only if it votes with this one"))
    .action(async (id: number, flags: QuorumFlags & DirectoryFlag) => {
      const { removeVoter } = await import("./remove-voter.ts");
      say(await on(flags, (admin, quorum) => removeVoter(admin, quorum, id, flags.directoryId)));
    });
  command("move", "make another voter the active controller")
    .argument("[id]", "its node id (default: the voter that has most of the log)", parseId)
    .action(async (id: number | undefined, flags: QuorumFlags) => {
      const { moveController } = await import("./move-controller.ts");
      say(await on(flags, (admin, quorum) => moveController(admin, quorum, id)));
    });
}

async function on<T>(
  flags: QuorumFlags,
  act: (admin: QuorumAdmin, quorum: QuorumInfo) => Promise<T>,
): Promise<T> {
  const { addressesToAsk } = await import("./ask-at.ts");
  const { onQuorum } = await import("./on-quorum.ts");
  return await onQuorum(await addressesToAsk(flags), act);
}

const directoryOption = (what: string): Option =>
  new Option("--directory-id <id>", `its directory's id: ${what}`).argParser((text) => {
    if (/^[\w-]{22}$/.test(text)) return text;
    throw new InvalidArgumentError("It is 22 characters, as `millrace quorum describe` shows them.");
  });

function parseId(text: string): number {
  const id = Number(text);
  if (!/^\d{1,10}$/.test(text) || id > 0x7f_ff_ff_ff) throw new InvalidArgumentError("Not a node id.");
  return id;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
