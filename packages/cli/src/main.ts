import { Command, CommanderError } from "commander";
import { describeFailure } from "./describe-failure.ts";
import { addMetadataCommand } from "./metadata-command.ts";
import { addQuorumCommand } from "./quorum/quorum-command.ts";
import { addStackCommand } from "./stack/stack-command.ts";
import { addStartCommand } from "./start-command.ts";

/**
 * The `millrace` command. A command that goes on (a node) keeps the process alive by itself; a failure is one line on
 * standard error and an exit code other than 0.
 */
export async function main(args: readonly string[]): Promise<void> {
  // Whoever read the output (`head`) has read enough; that is no failure of the command's.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const program = new Command("millrace")
    .description("An event streaming platform that speaks Kafka's protocol and gRPC.")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  addStartCommand(program);
  addStackCommand(program);
  addMetadataCommand(program);
  addQuorumCommand(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed the line (or the help that was asked for).
      process.exitCode = error.exitCode;
      return;
    }
    process.stderr.write(`millrace: ${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
}

/** Commander puts what was probably meant on a line of its own. */
const oneLine = (text: string): string =>
  text.replace(/^error: /, "millrace: ").replace(/\n\(Did you mean (.*)\?\)/, "; did you mean $1?");
