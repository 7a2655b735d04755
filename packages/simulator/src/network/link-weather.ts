/** What happens to messages on the way, drawn for each one. All rates are in [0, 1]. */
export interface LinkWeather {
  readonly lossRate: number;
  /** Arrives twice, at times of their own. */
  readonly duplicateRate: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Takes up to `lateMsMax` instead. */
  readonly lateRate: number;
  readonly lateMsMax: number;
  /** Messages of one link arrive in the order they were sent, as over one connection. */
  readonly inOrder: boolean;
}

export const fairWeather: LinkWeather = {
  lossRate: 0,
  duplicateRate: 0,
  delayMsMin: 0.2,
  delayMsMax: 1,
  lateRate: 0,
  lateMsMax: 0,
  inOrder: true,
};
