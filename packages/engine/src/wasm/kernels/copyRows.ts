/** Above this length a block copy beats a loop, in spite of its set-up. */
const block = 128;

/** Copies `count` rows of `length` words each, from places `sourceStep` apart to places `targetStep` apart. */
export const copyRows = (
  from: Int32Array,
  to: Int32Array,
  {
    count,
    length,
    source,
    sourceStep,
    target,
    targetStep,
  }: {
    readonly count: number;
    readonly length: number;
    readonly source: number;
    readonly sourceStep: number;
    readonly target: number;
    readonly targetStep: number;
  },
): void => {
  for (let row = 0, s = source, t = target; row < count; row++, s += sourceStep, t += targetStep) {
    if (length > block) to.set(from.subarray(s, s + length), t);
    else for (let i = 0; i < length; i++) to[t + i] = from[s + i]!;
  }
};
