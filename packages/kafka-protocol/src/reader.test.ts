import { describe, expect, test } from "vitest";
import { ProtocolError, type ProtocolErrorReason } from "./protocol-error.ts";
import { ELEMENTS_MAX, Reader, STRING_BYTES_MAX, TAGGED_FIELDS_MAX } from "./reader.ts";
import { ZERO_UUID } from "./uuid.ts";
import { Writer } from "./writer.ts";

function reader(hex: string): Reader {
  return new Reader(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function reason(run: () => unknown): ProtocolErrorReason | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.reason;
    throw error;
  }
  return undefined;
}

describe("numbers", () => {
  test("are big-endian and signed where their name says so", () => {
    expect(reader("80").int8()).toBe(-128);
    expect(reader("8000").int16()).toBe(-32_768);
    expect(reader("8000").uint16()).toBe(32_768);
    expect(reader("80000000").int32()).toBe(-(2 ** 31));
    expect(reader("80000000").uint32()).toBe(2 ** 31);
    expect(reader("3ff8000000000000").float64()).toBe(1.5);
    expect(reader("02").boolean()).toBe(true);
  });

  test("of 64 bits are numbers as long as they are safe", () => {
    expect(reader("001fffffffffffff").int64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(reader("0020000000000000").int64()).toBe(2n ** 53n);
    expect(reader("ffe0000000000001").int64()).toBe(Number.MIN_SAFE_INTEGER);
    expect(reader("ffe0000000000000").int64()).toBe(-(2n ** 53n));
    expect(reader("8000000000000000").int64()).toBe(-(2n ** 63n));
    expect(reader("ffffffffffffffff").int64()).toBe(-1);
  });

  test.each([
    "int8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "float64",
    "uuid",
    "boolean",
    "uvarint",
  ] as const)("%s does not read beyond the end", (method) => {
    const bytes = Buffer.alloc(32, 0xff);
    const short = new Reader(bytes, 0, 0);
    expect(reason(() => short[method]())).toBe("truncated");
    expect(short.position).toBe(0);
  });
});

describe("varints", () => {
  test("take up to five bytes", () => {
    expect(reader("00").uvarint()).toBe(0);
    expect(reader("ac02").uvarint()).toBe(300);
    expect(reader("ffffffff0f").uvarint()).toBe(0xffff_ffff);
  });

  test("of more than 32 bits are refused", () => {
    expect(reason(() => reader("ffffffff10").uvarint())).toBe("invalid");
    expect(reason(() => reader("808080808001").uvarint())).toBe("invalid");
    expect(reason(() => reader("8080").uvarint())).toBe("truncated");
  });
});

describe("strings and bytes", () => {
  test("have four encodings", () => {
    expect(reader("0002 6869").string()).toBe("hi");
    expect(reader("ffff").nullableString()).toBeNull();
    expect(reader("03 6869").compactString()).toBe("hi");
    expect(reader("00").compactNullableString()).toBeNull();
    expect(reader("00000001 ff").bytes()).toEqual(Buffer.from([255]));
    expect(reader("ffffffff").nullableBytes()).toBeNull();
    expect(reader("02 ff").compactBytes()).toEqual(Buffer.from([255]));
    expect(reader("00").compactNullableBytes()).toBeNull();
  });

  test("are refused as null where they must not be", () => {
    expect(reason(() => reader("ffff").string())).toBe("invalid");
    expect(reason(() => reader("00").compactString())).toBe("invalid");
    expect(reason(() => reader("ffffffff").bytes())).toBe("invalid");
    expect(reason(() => reader("00").compactBytes())).toBe("invalid");
  });

  test("with lengths that cannot be are refused", () => {
    expect(reason(() => reader("fffe").nullableString())).toBe("invalid");
    expect(reason(() => reader("fffffffe").nullableBytes())).toBe("invalid");
    expect(reason(() => reader("0003 6869").string())).toBe("truncated");
    expect(reason(() => reader("7fffffff 00").bytes())).toBe("truncated");
    expect(reason(() => reader("ffffffff0f 00").compactBytes())).toBe("truncated");
  });

  test("compact strings are no longer than others may be", () => {
    const writer = new Writer();
    writer.uvarint(STRING_BYTES_MAX + 2);
    writer.raw(Buffer.alloc(STRING_BYTES_MAX + 1, "a"));
    expect(reason(() => new Reader(writer.finishBuffer()).compactString())).toBe("oversized");
  });

  test("bytes are views of the frame", () => {
    const frame = Buffer.from("00000001aa", "hex");
    const bytes = new Reader(frame).bytes();
    frame[4] = 0xbb;
    expect(bytes[0]).toBe(0xbb);
  });

  test("uuids are base64url", () => {
    expect(reader("00".repeat(16)).uuid()).toBe(ZERO_UUID);
    expect(reader("fb".repeat(16)).uuid()).toBe("-_v7-_v7-_v7-_v7-_v7-w");
  });
});

describe("arrays", () => {
  test("are refused before anything is allocated when the frame cannot hold them", () => {
    expect(reader("00000002 00000000").arrayLength(2)).toBe(2);
    expect(reason(() => reader("00000003 00000000").arrayLength(2))).toBe("oversized");
    expect(reason(() => reader("7fffffff 00000000").arrayLength(1))).toBe("oversized");
    expect(reason(() => reader("ffffffff0f 00").compactArrayLength(1))).toBe("oversized");
  });

  test("may be null where it is allowed", () => {
    expect(reader("ffffffff").nullableArrayLength(1)).toBe(-1);
    expect(reader("00").compactNullableArrayLength(1)).toBe(-1);
    expect(reason(() => reader("ffffffff").arrayLength(1))).toBe("invalid");
    expect(reason(() => reader("00").compactArrayLength(1))).toBe("invalid");
    expect(reason(() => reader("fffffffe").nullableArrayLength(1))).toBe("invalid");
  });

  test("share one bound on their elements", () => {
    const writer = new Writer();
    writer.arrayLength(ELEMENTS_MAX);
    writer.arrayLength(1);
    const bytes = Buffer.concat([writer.finishBuffer(), Buffer.alloc(ELEMENTS_MAX)]);
    const bounded = new Reader(bytes);
    expect(bounded.arrayLength(1)).toBe(ELEMENTS_MAX);
    expect(reason(() => bounded.arrayLength(1))).toBe("oversized");
    expect(reason(() => new Reader(bytes, 0, bytes.length, 10).arrayLength(1))).toBe("oversized");
  });
});

describe("tagged fields", () => {
  test("that nobody knows are kept", () => {
    expect(reader("00").unknownTaggedFields()).toBeUndefined();
    expect(reader("02 05 01 aa 07 00").unknownTaggedFields()).toEqual([
      { tag: 5, data: Buffer.from([0xaa]) },
      { tag: 7, data: Buffer.alloc(0) },
    ]);
  });

  test("have to ascend, and to fit", () => {
    expect(reason(() => reader("02 05 00 05 00").unknownTaggedFields())).toBe("invalid");
    expect(reason(() => reader("02 05 00 04 00").unknownTaggedFields())).toBe("invalid");
    expect(reason(() => reader("01 05 02 00").unknownTaggedFields())).toBe("truncated");
    expect(reason(() => reader("02 05 00").unknownTaggedFields())).toBe("oversized");
    expect(reason(() => reader("ffffffff0f 00").unknownTaggedFields())).toBe("oversized");
  });

  test("are bounded in number, over all structures of a message", () => {
    const structure = (count: number): Buffer => {
      const writer = new Writer();
      writer.unknownTaggedFields(Array.from({ length: count }, (_, tag) => ({ tag, data: Buffer.alloc(0) })));
      return writer.finishBuffer();
    };
    expect(reason(() => new Reader(structure(TAGGED_FIELDS_MAX + 1)).unknownTaggedFields())).toBe(
      "oversized",
    );
    const two = new Reader(Buffer.concat([structure(TAGGED_FIELDS_MAX), structure(1)]));
    expect(two.unknownTaggedFields()).toHaveLength(TAGGED_FIELDS_MAX);
    expect(reason(() => two.unknownTaggedFields())).toBe("oversized");
  });

  test("have to end where their size says", () => {
    const sized = reader("01 ff");
    const end = sized.taggedFieldEnd();
    expect(reason(() => sized.expectTaggedFieldEnd(end))).toBe("invalid");
    sized.int8();
    expect(reason(() => sized.expectTaggedFieldEnd(end))).toBeUndefined();
  });
});

test("bytes after the message are refused when they are not expected", () => {
  const long = reader("0000");
  long.int8();
  expect(reason(() => long.expectEnd())).toBe("invalid");
  long.int8();
  expect(reason(() => long.expectEnd())).toBeUndefined();
});

test("a reader stays within the part of the buffer that it is given", () => {
  const part = new Reader(Buffer.from("0102030405", "hex"), 1, 3);
  expect(part.int16()).toBe(0x0203);
  expect(part.remaining).toBe(0);
  expect(reason(() => part.int8())).toBe("truncated");
  expect(reason(() => new Reader(Buffer.alloc(4), 2, 5))).toBe("invalid");
});
