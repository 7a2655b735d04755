/** A range of versions; both ends belong to it. */
export interface Versions {
  readonly first: number;
  readonly last: number;
}
/** Reads `3`, `3-13` or `3+`, which ends where `within` ends. Undefined when it is none of these or empty. */
export declare function parseVersions(text: string, within: Versions): Versions | undefined;
export declare function includes(outer: Versions, inner: Versions): boolean;
export declare function contains(versions: Versions | undefined, version: number): boolean;
export declare function equal(a: Versions, b: Versions): boolean;
/** Neighbouring versions in which something is the same. */
export interface Segment<T> extends Versions {
  readonly what: T;
}
/** Cuts a range where `what` changes. Newest segment first: that is what is asked for most. */
export declare function segments<T extends string>(
  range: Versions,
  what: (version: number) => T,
): Segment<T>[];
/** The test that a version of `range` lies in `versions`; undefined when it always does. */
export declare function condition(versions: Versions, range: Versions): string | undefined;
//# sourceMappingURL=versions.d.ts.map
