import { crc32 } from "@node-rs/crc32";
import { describe, expect, test } from "vitest";
import { Compression, type CompressionName, TIMESTAMP_TYPE_BIT } from "./batch-attributes.ts";
import { compress } from "./compression/codecs.ts";
import { decodeBatch, decodeBatches, decodeRecords } from "./decode-batch.ts";

interface MessageInput {
  readonly magic: 0 | 1;
  readonly offset: number;
  readonly attributes?: number;
  readonly timestamp?: number;
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
}

/** A message as the formats' specification has it (KIP-31, KIP-32). */
function message({ magic, offset, attributes = 0, timestamp = 0, key = null, value }: MessageInput): Buffer {
  const body = Buffer.concat([
    Buffer.from([magic, attributes]),
    magic === 1 ? int64(timestamp) : Buffer.alloc(0),
    nullable(key),
    nullable(value),
  ]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([int64(offset), int32(body.length + 4), crc, body]);
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function nullable(bytes: Buffer | null): Buffer {
  return bytes === null ? int32(-1) : Buffer.concat([int32(bytes.length), bytes]);
}

interface WrapperInput {
  readonly magic: 0 | 1;
  readonly codec: CompressionName;
  readonly offset: number;
  readonly inner: readonly Buffer[];
  readonly attributes?: number;
  readonly timestamp?: number;
}

function wrapper({ magic, codec, offset, inner, attributes = 0, timestamp = 0 }: WrapperInput): Buffer {
  const value = compress(codec, Buffer.concat(inner));
  return message({ magic, offset, attributes: attributes | Compression[codec], timestamp, value });
}

const codecs = ["gzip", "snappy", "lz4"] as const;
const failure = (reason: string) => expect.objectContaining({ name: "ProtocolError", reason });
const a = Buffer.from("a");
const b = Buffer.from("b");

describe("wrapped messages", () => {
  test.each(codecs)("of format 0 have their final offsets (%s)", (codec) => {
    const inner = [
      message({ magic: 0, offset: 40, key: a, value: b }),
      message({ magic: 0, offset: 42, value: null }),
    ];
    expect(decodeBatch(wrapper({ magic: 0, codec, offset: 42, inner }))).toMatchObject({
      magic: 0,
      baseOffset: 40,
      lastOffset: 42,
      compression: codec,
      timestampType: undefined,
      maxTimestamp: -1,
      records: [
        { offset: 40, timestamp: -1, key: a, value: b, headers: [] },
        { offset: 42, timestamp: -1, key: null, value: null, headers: [] },
      ],
    });
  });

  const relative = [
    message({ magic: 1, offset: 0, timestamp: 500, value: a }),
    message({ magic: 1, offset: 3, timestamp: 400, value: b }),
  ];

  test.each(codecs)("of format 1 count back from the wrapper's offset (%s)", (codec) => {
    const batch = wrapper({ magic: 1, codec, offset: 103, timestamp: 500, inner: relative });
    expect(decodeBatch(batch)).toMatchObject({
      magic: 1,
      baseOffset: 100,
      lastOffset: 103,
      timestampType: "create",
      maxTimestamp: 500,
      records: [
        { offset: 100, timestamp: 500, value: a },
        { offset: 103, timestamp: 400, value: b },
      ],
    });
  });

  test("of format 1 all have the wrapper's time under log-append time", () => {
    const attributes = TIMESTAMP_TYPE_BIT;
    const batch = wrapper({
      magic: 1,
      codec: "gzip",
      offset: 3,
      timestamp: 999,
      attributes,
      inner: relative,
    });
    expect(decodeRecords(batch).map(({ timestamp }) => timestamp)).toEqual([999, 999]);
    expect(decodeBatch(batch).timestampType).toBe("logAppend");
  });

  test.each([
    [0, true],
    [1, false],
  ] as const)(
    "of format %i in LZ4 with the wrong header checksum of old clients: read %s",
    (magic, isRead) => {
      const frame = compress("lz4", message({ magic, offset: 0, value: a }));
      frame[6]! ^= 0x55;
      const batch = message({ magic, offset: 0, attributes: Compression.lz4, value: frame });
      if (isRead) expect(decodeRecords(batch)).toHaveLength(1);
      else expect(() => decodeRecords(batch)).toThrow(failure("corrupt"));
    },
  );
});

describe("refuses", () => {
  const plain = message({ magic: 1, offset: 0, value: a });
  const wrap = (inner: readonly Buffer[]) => wrapper({ magic: 1, codec: "gzip", offset: 0, inner });

  test.each([
    ["an empty wrapper", wrap([]), "invalid"],
    ["a wrapper in a wrapper", wrap([wrap([plain])]), "invalid"],
    ["a wrapped message of another format", wrap([message({ magic: 0, offset: 0, value: a })]), "invalid"],
    ["a wrapped message that ends early", wrap([plain, plain.subarray(0, 20)]), "truncated"],
    ["zstd", wrapper({ magic: 1, codec: "zstd", offset: 0, inner: [plain] }), "unsupported"],
    ["a wrapper without value", message({ magic: 1, offset: 0, attributes: 1, value: null }), "invalid"],
  ])("%s", (_what, bytes, reason) => {
    expect(() => decodeRecords(bytes)).toThrow(failure(reason));
  });

  test("a wrong CRC, of the wrapper or inside it", () => {
    const bad = Buffer.from(plain);
    bad[bad.length - 1]! ^= 1;
    expect(() => decodeRecords(bad)).toThrow(failure("corrupt"));
    expect(() => decodeRecords(wrap([bad]))).toThrow(failure("corrupt"));
    expect(decodeRecords(wrap([bad]), 0, { verifyCrc: false })).toHaveLength(1);
  });

  test("more messages or bytes than allowed", () => {
    const batch = wrap([plain, plain, plain]);
    expect(() => decodeRecords(batch, 0, { itemsMax: 2 })).toThrow(failure("oversized"));
    expect(() => decodeRecords(batch, 0, { decompressedBytesMax: 50 })).toThrow(failure("oversized"));
  });
});

test("formats may follow each other, and a cut tail is left out", () => {
  const first = message({ magic: 0, offset: 5, value: a });
  const second = wrapper({
    magic: 1,
    codec: "snappy",
    offset: 6,
    inner: [message({ magic: 1, offset: 0, value: b })],
  });
  const batches = decodeBatches(Buffer.concat([first, second, first.subarray(0, -1)]));
  expect(batches.map(({ lastOffset }) => lastOffset)).toEqual([5, 6]);
});
