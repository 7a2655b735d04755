import type { DiskFile } from "@millrace/runtime";
import { crc32c } from "@node-rs/crc32";
import type { EntryId, SnapshotId } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import {
  chunkHeaderBytes,
  damagedSnapshot,
  decodeSnapshotHeader,
  decodeSnapshotId,
  type SnapshotHeader,
  snapshotHeaderBytes,
} from "./snapshot-format.ts";

/** What the next bytes are. All but the content of a chunk is gathered whole before it is looked at. */
type Expected =
  | { readonly kind: "header" }
  | { readonly kind: "voters"; readonly header: SnapshotHeader }
  | { readonly kind: "chunkHeader" }
  | { readonly kind: "chunk"; readonly crc: number }
  | { readonly kind: "end" };

/**
 * Checks the bytes of a snapshot as they come, in pieces of any size, and holds none of them but a header: so a
 * snapshot that was received needs no second look before it is used.
 */
export class SnapshotVerifier {
  readonly #file: string;
  readonly #expectedId: EntryId | undefined;
  #expected: Expected = { kind: "header" };
  #missingBytes = snapshotHeaderBytes;
  #gathered: Buffer[] = [];
  #crc = 0;
  #chunks = 0;
  #at = 0;
  #wholeBytes = 0;
  #id: SnapshotId | undefined;

  /** `file` is for messages; a snapshot other than `expectedId` is refused. */
  constructor(file: string, expectedId?: EntryId) {
    this.#file = file;
    this.#expectedId = expectedId;
  }

  /** The end of the last part (header or chunk) that is there in full and undamaged. */
  get wholeBytes(): number {
    return this.#wholeBytes;
  }

  get isComplete(): boolean {
    return this.#expected.kind === "end";
  }

  /** As the snapshot itself says; undefined until its header was seen. */
  get id(): SnapshotId | undefined {
    return this.#id;
  }

  /** The bytes that follow those of the call before. Throws a `RaftStorageError` that names where the damage is. */
  take(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.isComplete) throw damagedSnapshot(this.#file, this.#at);
      const piece = rest.subarray(0, this.#missingBytes);
      rest = rest.subarray(piece.length);
      this.#missingBytes -= piece.length;
      this.#at += piece.length;
      if (this.#expected.kind === "chunk") this.#crc = crc32c(piece, this.#crc);
      else this.#gathered.push(Buffer.from(piece));
      if (this.#missingBytes === 0) this.#complete();
    }
  }

  /** Forgets what came behind the last whole part: the next bytes are to follow that. */
  rewind(): void {
    if (this.isComplete) return;
    this.#gathered.length = 0;
    this.#at = this.#wholeBytes;
    if (this.#wholeBytes === 0) this.#expect({ kind: "header" }, snapshotHeaderBytes);
    else this.#expect({ kind: "chunkHeader" }, chunkHeaderBytes);
  }

  #complete(): void {
    const bytes = Buffer.concat(this.#gathered.splice(0));
    switch (this.#expected.kind) {
      case "header": {
        const header = decodeSnapshotHeader(bytes, this.#file);
        this.#expect({ kind: "voters", header }, header.votersBytes);
        break;
      }
      case "voters":
        this.#id = decodeSnapshotId(this.#expected.header, bytes, this.#file);
        this.#checkId(this.#id);
        this.#partEnded();
        break;
      case "chunkHeader":
        this.#chunkBegins(bytes.readUInt32BE(0), bytes.readUInt32BE(4));
        break;
      case "chunk":
        if (this.#crc !== this.#expected.crc) throw damagedSnapshot(this.#file, this.#wholeBytes);
        this.#chunks++;
        this.#partEnded();
    }
  }

  #chunkBegins(length: number, crc: number): void {
    this.#crc = 0;
    if (length > 0) {
      this.#expect({ kind: "chunk", crc }, length);
      return;
    }
    if (crc !== this.#chunks) throw damagedSnapshot(this.#file, this.#wholeBytes);
    this.#wholeBytes = this.#at;
    this.#expect({ kind: "end" }, 0);
  }

  #partEnded(): void {
    this.#wholeBytes = this.#at;
    this.#expect({ kind: "chunkHeader" }, chunkHeaderBytes);
  }

  #expect(expected: Expected, bytes: number): void {
    this.#expected = expected;
    this.#missingBytes = bytes;
  }

  #checkId({ index, term }: SnapshotId): void {
    const expected = this.#expectedId;
    if (expected === undefined || (expected.index === index && expected.term === term)) return;
    const reason = `holds the snapshot of entry ${index} of term ${term}`;
    throw new RaftStorageError("CORRUPT", this.#file, 0, reason);
  }
}

const readBytes = 256 * 1024;

/** Shows the verifier all of a file; it throws at the first damage, and what is missing shows in `isComplete`. */
export async function verifyFile(file: DiskFile, verifier: SnapshotVerifier): Promise<void> {
  const size = await file.size();
  const bytes = Buffer.allocUnsafe(Math.min(readBytes, size));
  for (let at = 0; at < size; ) {
    const count = await file.read(bytes, at);
    if (count === 0) return;
    verifier.take(bytes.subarray(0, count));
    at += count;
  }
}
