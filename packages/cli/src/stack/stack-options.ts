/** What a new stack is made of. */
export interface StackOptions {
  readonly controllers: number;
  readonly brokers: number;
  readonly coordinators: number;
  readonly host: string;
  readonly basePort: number | undefined;
  /** Configs of every process, as `--set` gives them: key=value. */
  readonly set: readonly string[];
}
