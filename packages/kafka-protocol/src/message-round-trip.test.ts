import fc from "fast-check";
import { expect, test } from "vitest";
import { messageArbitrary } from "../generator/message-arbitrary.ts";
import { messagesWithCodecs } from "../test-support/messages.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const SEED = 482;
const RUNS_PER_VERSION = 20;

test.each(messagesWithCodecs().map(([message, codec]) => [message.name, message, codec] as const))(
  "%s comes back as it went",
  (_name, message, codec) => {
    for (let version = codec.minVersion; version <= codec.maxVersion; version++) {
      const property = fc.property(messageArbitrary(message, version), (original) => {
        const writer = new Writer(16);
        codec.encode(writer, original as never, version);
        const bytes = writer.finishBuffer();
        const reader = new Reader(bytes);
        const decoded = codec.decode(reader, version);
        reader.expectEnd();
        expect(decoded).toMatchObject(original);
        const again = new Writer();
        codec.encode(again, decoded as never, version);
        expect(again.finishBuffer().equals(bytes)).toBe(true);
      });
      fc.assert(property, { seed: SEED, numRuns: RUNS_PER_VERSION });
    }
  },
);
