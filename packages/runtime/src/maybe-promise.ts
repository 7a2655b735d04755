/**
 * A result that is often there at once. Hot paths test for it (`if (result instanceof Promise) await result`)
 * and so pay for a promise only when something really waited.
 */
export type MaybePromise<T> = T | Promise<T>;
