import { ProtocolError } from "./protocol-error.ts";

/** Default of byte fields. */
export const NO_BYTES: Buffer = Buffer.alloc(0);

/** Throws unless `version` is one of a message's versions. */
export function checkVersion(version: number, first: number, last: number, message: string): void {
  if (version >= first && version <= last) return;
  throw new ProtocolError("unsupported", `${message} has versions ${first} to ${last}, not ${version}`);
}

/** A value other than the default was given to a field that this version does not have. */
export function refuseField(field: string, message: string, version: number): never {
  throw new ProtocolError("unsupported", `${message} version ${version} has no field ${field}`);
}

/** A tag was read that other versions know, but not this one. Kafka refuses it too. */
export function refuseTag(tag: number, message: string, version: number): never {
  throw new ProtocolError("invalid", `${message} version ${version} has no tag ${tag}`);
}

/** Throws for null: other versions could hold it, but not this one. */
export function notNull<T>(value: T | null, field: string, message: string, version: number): T {
  if (value !== null) return value;
  throw new ProtocolError("unsupported", `${message} version ${version} has no null for ${field}`);
}
