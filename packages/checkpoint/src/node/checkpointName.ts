/** A checkpoint folder's step; and how often the step had been saved before (0, save for steps saved again). */
export type CheckpointName = {
  /** The training step. */
  readonly step: number;
  /** 0 for the first checkpoint of the step. */
  readonly again: number;
};

/** The names of checkpoint folders: "checkpoint-1200", and "checkpoint-1200.1" where that existed already. */
export const checkpointName = {
  format: ({ step, again }: CheckpointName): string => `checkpoint-${step}${again === 0 ? "" : `.${again}`}`,
  parse: (name: string): CheckpointName | undefined => {
    const match = /^checkpoint-(\d{1,15})(?:\.(\d{1,9}))?$/.exec(name);
    return match === null ? undefined : { step: Number(match[1]), again: Number(match[2] ?? 0) };
  },
  /** Sorts the newest first. */
  newestFirst: (a: CheckpointName, b: CheckpointName): number => b.step - a.step || b.again - a.again,
} as const;
