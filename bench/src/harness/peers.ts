import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApacheKafkaProcess, formatApacheKafka, hasJava, MillraceProcess } from "@millrace/e2e/harness";

/** A server under load: ours or the one we measure ourselves against. Disposing stops it and keeps its data. */
export interface Peer extends AsyncDisposable {
  readonly name: "millrace" | "kafka";
  readonly bootstrap: string;
  readonly pid: number;
}

/** A data directory of one of them, formatted, on which it can be started again and again. */
export interface Installation extends AsyncDisposable {
  readonly name: Peer["name"];
  start(): Promise<Peer>;
}

async function installMillrace(): Promise<Installation> {
  const dataDir = join(tmpdir(), `millrace-bench-${process.pid}`);
  const installation: Installation = {
    name: "millrace",
    async start() {
      const node = await MillraceProcess.start({ dataDir, args: ["--set", "log.segment.delete.delay.ms=0"] });
      return {
        name: "millrace",
        bootstrap: node.kafka,
        pid: node.pid,
        async [Symbol.asyncDispose]() {
          await node.stop();
        },
      };
    },
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  };
  await using _formatted = await installation.start();
  return installation;
}

async function installKafka(): Promise<Installation> {
  const directory = join(tmpdir(), `kafka-bench-${process.pid}`);
  await formatApacheKafka(directory, 39_092, { "log.segment.delete.delay.ms": "0" });
  return {
    name: "kafka",
    async start() {
      const node = await ApacheKafkaProcess.start(directory);
      return {
        name: "kafka",
        bootstrap: node.bootstrap,
        pid: node.pid,
        [Symbol.asyncDispose]: () => node.stop(),
      };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

type Disposable<T> = AsyncDisposable & { readonly all: readonly T[] };

function together<T extends AsyncDisposable>(all: readonly T[], then?: AsyncDisposable): Disposable<T> {
  return {
    all,
    async [Symbol.asyncDispose]() {
      for (const one of all) await one[Symbol.asyncDispose]();
      await then?.[Symbol.asyncDispose]();
    },
  };
}

/** Both, or Millrace alone where there is no Java (or with `--alone`). */
export async function installPeers(): Promise<Disposable<Installation>> {
  const withKafka = hasJava && !process.argv.includes("--alone");
  return together([await installMillrace(), ...(withKafka ? [await installKafka()] : [])]);
}

/** As `installPeers`, started. */
export async function startPeers(): Promise<Disposable<Peer>> {
  const installations = await installPeers();
  const peers: Peer[] = [];
  for (const installation of installations.all) peers.push(await installation.start());
  return together(peers, installations);
}
