/** Makes what is needed next before it is asked for, one thing at a time. */
export type Ahead<T> = {
  /** Begins to make the thing of a step, unless one has been begun and not taken. */
  readonly begin: (step: number) => void;
  /** What was begun, owned by the caller; rejects if it could not be made. */
  readonly take: () => Promise<T>;
  /** Frees what was not taken; what is still being waited for is not made. */
  readonly stop: () => void;
};

/**
 * Makes things ahead of their time.
 * @param make waits for what a thing is made of, and gives what makes it, at once
 * @param free frees a thing that nobody took
 */
export const ahead = <T>(make: (step: number) => Promise<() => T>, free: (thing: T) => void): Ahead<T> => {
  let pending: Promise<void> | undefined;
  let made: readonly [T] | undefined;
  let isOver = false;
  return {
    begin: (step) => {
      pending ??= (async () => {
        const finish = await make(step);
        if (!isOver) made = [finish()];
      })();
      pending.catch(() => undefined); // told by take
    },
    take: async () => {
      await pending;
      const [thing] = made!;
      [pending, made] = [undefined, undefined];
      return thing;
    },
    stop: () => {
      isOver = true;
      if (made !== undefined) free(made[0]);
      made = undefined;
    },
  };
};
