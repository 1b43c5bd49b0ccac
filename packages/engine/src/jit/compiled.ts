import type { Tensor } from "@tensorflow/tfjs-core";

/** A graph as a program of a backend. */
export type Compiled = {
  /** Runs it: borrows the inputs, and hands over new tensors. */
  readonly run: (inputs: readonly Tensor[]) => Tensor[];
  /** Bytes of the arena that it shares with others, and of what it keeps for itself. */
  readonly arenaBytes: number;
  readonly persistentBytes: number;
  /** Commands or dispatches in all. */
  readonly commands: number;
  /** Whether inputs were the same in two runs whose preparation (packed weights) is not kept. */
  readonly wouldKeep: () => boolean;
  /** Runs it and adds up the seconds of each node; zeros where the device has no clock. */
  readonly profile: (inputs: readonly Tensor[]) => Promise<readonly number[]>;
  /** Frees its memory. */
  readonly dispose: () => void;
};
