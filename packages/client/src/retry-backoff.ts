import { ExponentialBackoff, type Random } from "@millrace/runtime";

/** Between attempts of one piece of work: from 20 ms up to a second. */
export function retryBackoff(random: Random): ExponentialBackoff {
  return new ExponentialBackoff({ backoffMs: 20, backoffMsMax: 1_000, random });
}
