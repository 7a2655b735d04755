import { once } from "node:events";
import { type Command, InvalidArgumentError } from "commander";

interface MetadataFlags {
  readonly dataDir: string;
  readonly json?: true;
}

const description = "read a controller's metadata log, of a node that runs or is stopped: nothing is changed";

/** `millrace metadata`: what a cluster's metadata is, was, and who changed it. */
export function addMetadataCommand(program: Command): void {
  const metadata = program.command("metadata").description(description);
  const command = (name: string, what: string): Command =>
    metadata
      .command(name)
      .description(what)
      .option("--data-dir <dir>", "the controller's data directory", "data")
      .option("--json", "a JSON object a line, for programs");

  command("dump", "print the records of the log, one a line: offset, epoch, time, who, request, record")
    .option("--from <offset>", "the first one (default: where the log begins)", parseOffset)
    .option("--to <offset>", "the last one (default: where the log ends)", parseOffset)
    .action(async (flags: MetadataFlags & { readonly from?: number; readonly to?: number }) => {
      const { dumpMetadata } = await import("@millrace/server");
      await print(dumpMetadata(flags));
    });
  command("show", "print all metadata as of an offset")
    .option("--at <offset>", "(default: where the log ends)", parseOffset)
    .action(async (flags: MetadataFlags & { readonly at?: number }) => {
      const { showMetadata } = await import("@millrace/server");
      await print(showMetadata(flags));
    });
  command("diff", "print what changed between two offsets: + came, - went, ~ changed")
    .requiredOption("--from <offset>", "what was", parseOffset)
    .option("--to <offset>", "what is (default: where the log ends)", parseOffset)
    .action(async (flags: MetadataFlags & { readonly from: number; readonly to?: number }) => {
      const { diffMetadata } = await import("@millrace/server");
      await print(diffMetadata(flags));
    });
}

/** As fast as it is read, and no further than that: `| head` ends it. */
async function print(lines: AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  let isOpen = true;
  const closed = new Promise<void>((resolve) =>
    stdout.once("error", () => {
      isOpen = false;
      resolve();
    }),
  );
  for await (const line of lines) {
    if (!isOpen) return;
    if (!stdout.write(`${line}\n`)) await Promise.race([once(stdout, "drain"), closed]);
  }
}

function parseOffset(text: string): number {
  const offset = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(offset)) throw new InvalidArgumentError("Not an offset.");
  return offset;
}
