/** Inclusive. */
export interface ServedVersions {
  readonly min: number;
  readonly max: number;
  /** What ApiVersions says instead of `min`, where clients need to be told so. */
  readonly advertisedMin?: number;
}

/** What ApiVersions tells of an API. */
export interface ServedApi {
  readonly key: number;
  readonly name: string;
  readonly versions: ServedVersions;
}
