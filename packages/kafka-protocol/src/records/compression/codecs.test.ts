import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../protocol-error.ts";
import { Compression, type CompressionName } from "../batch-attributes.ts";
import { compress, decompress } from "./codecs.ts";

const require = createRequire(import.meta.url);
const MIB = 2 ** 20;

const codecs = (Object.keys(Compression) as CompressionName[]).filter((name) => name !== "none");

function unpack(codec: CompressionName, data: Buffer, bytesMax?: number): Buffer {
  return decompress(Compression[codec], data, bytesMax);
}

const failure = (reason: string) => expect.objectContaining({ name: "ProtocolError", reason });

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 100_000, size: "max" }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(MIB), fc.string({ minLength: 1 })).map(([size, fill]) => Buffer.alloc(size, fill)),
);

describe.each(codecs)("%s", (codec) => {
  test("gives back what was packed, and no more than allowed", () => {
    fc.assert(
      fc.property(contents, (data) => {
        const packed = compress(codec, data);
        expect(unpack(codec, packed, data.length + 1).equals(data)).toBe(true);
        if (data.length > 1)
          expect(() => unpack(codec, packed, data.length - 1)).toThrow(failure("oversized"));
      }),
      { numRuns: 25 },
    );
  });

  test("takes exactly what is allowed", () => {
    const data = Buffer.alloc(300_000, "some text ");
    expect(unpack(codec, compress(codec, data), data.length).equals(data)).toBe(true);
  });

  test("cut short or changed, it ends in the typed error or in bounded bytes", () => {
    const packed = compress(codec, Buffer.from("one two three four five six ".repeat(8)));
    for (let length = 0; length < packed.length; length++) tryUnpack(codec, packed.subarray(0, length));
    for (let at = 0; at < packed.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(packed);
        changed[at]! ^= mask;
        tryUnpack(codec, changed);
      }
    }
  });

  test("a bomb takes no more memory than allowed", () => {
    const bomb = bombs[codec as keyof typeof bombs]();
    expect(bomb.length).toBeLessThan(13 * MIB);
    tryUnpack(codec, bomb);
    const before = process.resourceUsage().maxRSS;
    expect(() => unpack(codec, bomb, 4 * MIB)).toThrow(failure("oversized"));
    const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
    expect(grownBytes).toBeLessThan(24 * MIB);
  });
});

function tryUnpack(codec: CompressionName, data: Buffer): void {
  try {
    expect(unpack(codec, data, 2000).length).toBeLessThanOrEqual(2000);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

function repeat(data: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => data));
}

/** Each unpacks to 256 MiB, and is put together without having that much at hand. */
const bombs = {
  gzip: () => repeat(compress("gzip", Buffer.alloc(MIB)), 256),
  zstd: () => repeat(compress("zstd", Buffer.alloc(MIB)), 256),
  snappy: () => repeat(compress("snappy", Buffer.alloc(MIB)), 256),
  lz4: () => {
    const frame = compress("lz4", Buffer.alloc(MIB));
    const headerBytes = 7;
    const endMarkBytes = 4;
    const blocks = frame.subarray(headerBytes, -endMarkBytes);
    return Buffer.concat([
      frame.subarray(0, headerBytes),
      repeat(blocks, 256),
      frame.subarray(-endMarkBytes),
    ]);
  },
};

describe("snappy as clients send it", () => {
  const text = Buffer.from("snappy ".repeat(1000));
  const native = require("snappy") as typeof import("snappy");

  test("a raw block", () => {
    expect(unpack("snappy", native.compressSync(text)).equals(text)).toBe(true);
  });

  test("streams strung together", () => {
    const twice = repeat(compress("snappy", text), 2);
    expect(unpack("snappy", twice).equals(repeat(text, 2))).toBe(true);
  });

  test("a preamble that promises more than its bytes can hold", () => {
    const block = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0x00]);
    expect(() => unpack("snappy", block)).toThrow(failure("corrupt"));
  });
});

describe("LZ4 frames as clients send them", () => {
  const text = Buffer.from("LZ4 frame ".repeat(60_000));
  const native = require("lz4-napi") as typeof import("lz4-napi");
  const frames = {
    plain: native.compressFrameSync(text),
    "with block checksums": native.compressFrameSync(text, { blockChecksums: true }),
    "with a content checksum": native.compressFrameSync(text, { contentChecksum: true }),
  };

  test.each(Object.entries(frames))("%s", (_name, frame) => {
    expect(unpack("lz4", frame).equals(text)).toBe(true);
  });

  test.each(["with block checksums", "with a content checksum"] as const)("%s that do not match", (name) => {
    const frame = Buffer.from(frames[name]);
    // The content checksum stands last; a block's right before the end mark.
    frame[frame.length - (name === "with a content checksum" ? 1 : 5)]! ^= 1;
    expect(() => unpack("lz4", frame)).toThrow(failure("corrupt"));
  });

  test("with a wrong header checksum", () => {
    const frame = Buffer.from(frames.plain);
    frame[6]! ^= 1;
    expect(() => unpack("lz4", frame)).toThrow(failure("corrupt"));
  });

  test("of dependent blocks, which Kafka refuses too", () => {
    const frame = Buffer.from(frames.plain);
    frame[4]! &= ~0x20;
    expect(() => unpack("lz4", frame)).toThrow(failure("unsupported"));
  });

  test("what another LZ4 library reads", () => {
    expect(native.decompressFrameSync(compress("lz4", text)).equals(text)).toBe(true);
  });
});

test.each([5, 6, 7])("codec %i is none of Kafka's", (id) => {
  expect(() => decompress(id, Buffer.alloc(4))).toThrow(failure("unsupported"));
});
