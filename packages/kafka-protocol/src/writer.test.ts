import { describe, expect, test } from "vitest";
import { ProtocolError } from "./protocol-error.ts";
import { Reader, STRING_BYTES_MAX } from "./reader.ts";
import { SPLICE_BYTES_MIN, Writer } from "./writer.ts";

function written(write: (writer: Writer) => void): string {
  const writer = new Writer();
  write(writer);
  return writer.finishBuffer().toString("hex");
}

describe("values", () => {
  test("are big-endian", () => {
    expect(written((writer) => writer.int16(-2))).toBe("fffe");
    expect(written((writer) => writer.uint16(0xfffe))).toBe("fffe");
    expect(written((writer) => writer.uint32(0xffff_fffe))).toBe("fffffffe");
    expect(written((writer) => writer.int64(-2))).toBe("fffffffffffffffe");
    expect(written((writer) => writer.int64(-(2n ** 63n)))).toBe("8000000000000000");
    expect(written((writer) => writer.int64(Number.MAX_SAFE_INTEGER))).toBe("001fffffffffffff");
    expect(written((writer) => writer.uvarint(300))).toBe("ac02");
    expect(written((writer) => writer.float64(1.5))).toBe("3ff8000000000000");
  });

  test.each<[string, (writer: Writer) => void]>([
    ["int8", (writer) => writer.int8(128)],
    ["int16", (writer) => writer.int16(-32_769)],
    ["uint16", (writer) => writer.uint16(-1)],
    ["int32", (writer) => writer.int32(2 ** 31)],
    ["int32 with a fraction", (writer) => writer.int32(1.5)],
    ["uint32", (writer) => writer.uint32(-1)],
    ["unsafe number as int64", (writer) => writer.int64(2 ** 53)],
    ["int64", (writer) => writer.int64(2n ** 63n)],
    ["varint", (writer) => writer.uvarint(2 ** 32)],
    ["short uuid", (writer) => writer.uuid("AAAA")],
    ["uuid with a strange letter", (writer) => writer.uuid("AAAAAAAAAAAAAAAAAAAA!A")],
    ["long string", (writer) => writer.compactString("a".repeat(STRING_BYTES_MAX + 1))],
    ["string long in UTF-8", (writer) => writer.string("ä".repeat(STRING_BYTES_MAX - 1))],
  ])("%s is refused when it does not fit", (_name, write) => {
    expect(() => write(new Writer())).toThrow(ProtocolError);
  });

  test.each([0, 1, 42, 43, 63, 64, 127, 128, 5000])("compact strings of %d units come back", (length) => {
    for (const letter of ["a", "ä", "水"]) {
      const writer = new Writer();
      writer.compactString(letter.repeat(length));
      const reader = new Reader(writer.finishBuffer());
      expect(reader.compactString()).toBe(letter.repeat(length));
      reader.expectEnd();
    }
  });
});

describe("the buffer", () => {
  test("grows with what is written, at every boundary", () => {
    for (let initialBytes = 0; initialBytes < 40; initialBytes++) {
      const writer = new Writer(initialBytes);
      writer.boolean(true);
      writer.compactString("abc");
      writer.string("defg");
      writer.uvarint(300);
      writer.int64(-1);
      writer.uuid("AAAAAAAAAAAAAAAAAAAAAQ");
      expect(writer.finishBuffer().toString("hex")).toBe(
        `01${"04616263"}${"000464656667"}ac02${"ff".repeat(8)}${"00".repeat(15)}01`,
      );
    }
  });

  test("hands large records on as they are, and copies small ones", () => {
    const large = Buffer.alloc(SPLICE_BYTES_MIN, 1);
    const small = Buffer.alloc(SPLICE_BYTES_MIN - 1, 2);
    const writer = new Writer();
    writer.compactRecords([large, small, large]);
    writer.int8(3);
    const chunks = writer.finish();
    expect(chunks[1]).toBe(large);
    expect(chunks[3]).toBe(large);
    expect(chunks).toHaveLength(5);
    const size = large.length * 2 + small.length;
    const reader = new Reader(Buffer.concat(chunks));
    expect(reader.compactBytes()).toEqual(Buffer.concat([large, small, large]));
    expect(size).toBe(reader.position - 2);
    expect(reader.int8()).toBe(3);
    reader.expectEnd();
  });

  test("keeps what was spliced in when it grows later", () => {
    const writer = new Writer(16);
    writer.beginFrame();
    writer.records(Buffer.alloc(2000, 1));
    writer.bytes(Buffer.alloc(500, 2));
    writer.records(Buffer.alloc(3000, 3));
    const frame = Buffer.concat(writer.finishFrame());
    const reader = new Reader(frame);
    expect(reader.int32()).toBe(frame.length - 4);
    expect(reader.bytes()).toEqual(Buffer.alloc(2000, 1));
    expect(reader.bytes()).toEqual(Buffer.alloc(500, 2));
    expect(reader.bytes()).toEqual(Buffer.alloc(3000, 3));
    reader.expectEnd();
  });

  test("counts what it was given", () => {
    const writer = new Writer();
    expect(writer.size).toBe(0);
    writer.records(Buffer.alloc(2000));
    expect(writer.size).toBe(2004);
    writer.int16(0);
    expect(writer.size).toBe(2006);
    expect(() => writer.beginFrame()).toThrow(ProtocolError);
  });

  test("of an empty message is one empty chunk", () => {
    expect(new Writer().finish()).toEqual([Buffer.alloc(0)]);
  });
});

describe("sized sections", () => {
  test.each([0, 1, 127, 128, 16_383, 16_384])("of %d bytes carry their length", (length) => {
    const writer = new Writer(8);
    writer.int8(1);
    const start = writer.beginSized();
    writer.raw(Buffer.alloc(length, 2));
    writer.endSized(start);
    writer.int8(3);
    const reader = new Reader(writer.finishBuffer());
    expect(reader.int8()).toBe(1);
    expect(reader.take(reader.uvarint())).toEqual(Buffer.alloc(length, 2));
    expect(reader.int8()).toBe(3);
    reader.expectEnd();
  });

  test("may follow records", () => {
    const writer = new Writer();
    writer.records(Buffer.alloc(2000));
    const start = writer.beginSized();
    writer.raw(Buffer.alloc(200, 2));
    writer.endSized(start);
    const reader = new Reader(writer.finishBuffer());
    reader.bytes();
    expect(reader.take(reader.uvarint())).toEqual(Buffer.alloc(200, 2));
  });
});

test("unknown tagged fields must ascend behind the known ones", () => {
  const data = Buffer.alloc(0);
  expect(() => new Writer().taggedFieldsAfter(2, [{ tag: 2, data }])).toThrow(ProtocolError);
  expect(() =>
    new Writer().unknownTaggedFields([
      { tag: 4, data },
      { tag: 3, data },
    ]),
  ).toThrow(ProtocolError);
  expect(written((writer) => writer.unknownTaggedFields([{ tag: 3, data: Buffer.from([9]) }]))).toBe(
    "01030109",
  );
});
