/** At which bytes the sockets of a process are read or not, as parts of its byte budget. */
export interface ReadLimits {
  /** What has to be free before reading goes on, so that the gate does not flutter. */
  readonly reopenBytes: number;
  /** From here on half-frames are a crowd, of which only some go on. */
  readonly crowdBytes: number;
  /** And down to here they are one. */
  readonly crowdOverBytes: number;
  /** Nobody who might add to that many is read. */
  readonly packedBytes: number;
  /** A frame that announces more is given up at once when half-frames are packed; the others are given some time. */
  readonly largeBytes: number;
}

export function readLimits(limitBytes: number): ReadLimits {
  return {
    reopenBytes: Math.floor(limitBytes / 8),
    crowdBytes: Math.floor((limitBytes * 3) / 8),
    crowdOverBytes: Math.floor(limitBytes / 4),
    packedBytes: Math.floor(limitBytes / 2),
    largeBytes: Math.floor(limitBytes / 8),
  };
}
