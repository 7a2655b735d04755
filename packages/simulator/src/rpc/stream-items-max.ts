/** Beyond what any test sends: a simulated stream has no back-pressure. */
export const streamItemsMax = 100_000;
