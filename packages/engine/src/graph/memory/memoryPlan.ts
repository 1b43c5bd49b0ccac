/** One command, or several that run as one, and the memory that it touches. Buffers are numbers that the caller chose. */
export type MemoryStep = {
  /** Buffers whose numbers it needs. */
  readonly reads: readonly number[];
  /** Buffers that it fills. */
  readonly writes: readonly number[];
  /** Bytes of each scratch buffer that it needs while it runs. */
  readonly temporaries?: readonly number[];
  /** Which of `writes` may lie where which of `reads` lies, if that is not needed afterwards. */
  readonly inPlace?: readonly (readonly [write: number, read: number])[];
};

/** What is to be placed in one arena. */
export type MemoryProblem = {
  /** In the order in which they run. */
  readonly steps: readonly MemoryStep[];
  /** Bytes of each buffer. */
  readonly bytes: ReadonlyMap<number, number>;
  /** Buffers that lie elsewhere: what the caller gives and gets, constants. */
  readonly external: ReadonlySet<number>;
};

/** Where everything lies. All offsets are multiples of 64. */
export type MemoryPlan = {
  /** The arena's offset of each buffer that some step touches and that is not external. */
  readonly offsets: ReadonlyMap<number, number>;
  /** For each step, the offsets of its scratch buffers. */
  readonly temporaries: readonly (readonly number[])[];
  /** Bytes of the arena. */
  readonly total: number;
  /** No plan takes less, with the same buffers in place of others: the most bytes that are alive at one time. */
  readonly lowerBound: number;
};
