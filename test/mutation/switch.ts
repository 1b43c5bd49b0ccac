/** The switch that instrumented code asks, and what it has seen. */
export type Switch = {
  /** Turns one mutant on, or -1: none. It may ask `limit` times before it counts as running for ever. */
  readonly activate: (id: number, limit?: number) => void;
  /** Runs something and says which mutants' code ran, by the first id of each place, and how often the switch was asked. */
  readonly trace: <R>(
    run: () => R | Promise<R>,
  ) => Promise<{ readonly seen: ReadonlySet<number>; readonly asked: number }>;
  /** The places that ran since the switch was made or cleared. */
  readonly seen: Set<number>;
};

/** Makes the two functions that instrumented code calls, on globalThis. */
export const installSwitch = (): Switch => {
  let active = -1;
  let asked = 0;
  let most = Infinity;
  const seen = new Set<number>();
  let tracing = true;
  Object.assign(globalThis, {
    __mutant: () => active,
    __mutantIn: (first: number, end: number): boolean => {
      if (tracing) seen.add(first);
      if (++asked > most) throw new Error("a mutant runs for ever");
      return active >= first && active < end;
    },
  });
  return {
    activate: (id, limit = Infinity) => {
      active = id;
      most = limit;
      asked = 0;
      tracing = id < 0;
    },
    trace: async (run) => {
      seen.clear();
      asked = 0;
      await run();
      return { seen: new Set(seen), asked };
    },
    seen,
  };
};
