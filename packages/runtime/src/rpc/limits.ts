/** Bounds that every transport holds. Defaults apply to what is left out. */
export interface RpcLimits {
  /** One encoded message, either way. Larger ones fail their call with MESSAGE_TOO_LARGE. */
  readonly messageBytesMax: number;
  /** Calls open at once on one channel; one more is refused with THROTTLING_QUOTA_EXCEEDED. */
  readonly callsMax: number;
  /** What waits on one side of a stream for its reader: the writer pauses at either bound. */
  readonly streamMessagesMax: number;
  readonly streamBytesMax: number;
}

export const defaultRpcLimits: RpcLimits = {
  messageBytesMax: 64 * 1024 * 1024,
  callsMax: 1024,
  streamMessagesMax: 16,
  streamBytesMax: 2 * 1024 * 1024,
};

/** Of unary calls, when their options name none. */
export const defaultTimeoutMs = 30_000;

/** How long a node that shuts down lets unary calls finish, when not told otherwise. */
export const defaultGraceMs = 1_000;
