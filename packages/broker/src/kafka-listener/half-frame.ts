/** A frame of which a part has arrived. */
export interface HalfFrame {
  /** Smaller for those that began earlier. */
  readonly number: number;
  /** What it announced. */
  readonly frameBytes: number;
  /** What has arrived of it. */
  readonly size: number;
  /** What it will take of the budget beyond what it holds. */
  readonly neededBytes: number;
}

export interface HalfFrameReader {
  readonly halfFrame: HalfFrame | undefined;
}

interface Begun<R> {
  readonly reader: R;
  readonly frame: HalfFrame;
}

/** Whose frame began first. */
export function oldest<R extends HalfFrameReader>(readers: Iterable<R>): R | undefined {
  let first: Begun<R> | undefined;
  for (const begun of begunOf(readers)) {
    if (first === undefined || begun.frame.number < first.frame.number) first = begun;
  }
  return first?.reader;
}

/**
 * Who may go on while not all can: the one who began first whatever it takes, so that every frame has its turn, and the
 * smallest ones for as long as all of these can be finished in `roomBytes`. Of the same size, the latest one first: in a
 * crowd, those who have been there for long are those who do not get on.
 */
export function whoMayFinish<R extends HalfFrameReader>(readers: readonly R[], roomBytes: number): Set<R> {
  const begun = begunOf(readers);
  const chosen = new Set<R>();
  const first = oldest(readers);
  if (first === undefined) return chosen;
  chosen.add(first);
  begun.sort(
    ({ frame: one }, { frame: other }) => one.frameBytes - other.frameBytes || other.number - one.number,
  );
  let roomLeft = roomBytes;
  for (const { reader, frame } of begun) {
    if (frame.neededBytes > Math.max(0, roomLeft) || reader === first) continue;
    chosen.add(reader);
    roomLeft -= frame.neededBytes;
  }
  return chosen;
}

/** In the order in which they are given up: those that announced most first, since the least others fit beside them. */
export function largestFirst<R extends HalfFrameReader>(readers: Iterable<R>): Begun<R>[] {
  return begunOf(readers).sort((one, other) => other.frame.frameBytes - one.frame.frameBytes);
}

function begunOf<R extends HalfFrameReader>(readers: Iterable<R>): Begun<R>[] {
  const found: Begun<R>[] = [];
  for (const reader of readers) {
    const frame = reader.halfFrame;
    if (frame !== undefined) found.push({ reader, frame });
  }
  return found;
}
