/** How much is drawn. */
export type Budget = {
  /** Table 1: samples in a cell, and numbers of steps. */
  readonly n: number;
  readonly steps: readonly number[];
  /** Table 2: images, and numbers of steps. */
  readonly images: number;
  readonly codingSteps: readonly number[];
  /** Figure 4: numbers of steps, samples at once, and repetitions of which the fastest counts. */
  readonly timedSteps: readonly number[];
  readonly timedBatch: number;
  readonly repetitions: number;
  /** Figure 6: steps to encode and to draw, paths and stations on each. */
  readonly pathSteps: number;
  readonly paths: number;
  readonly stations: number;
  /** Without a network: points of the plane, images and training images for the cloud, and numbers of steps of each. */
  readonly points: number;
  readonly pointSteps: readonly number[];
  readonly cloudSamples: number;
  readonly cloudSteps: readonly number[];
  readonly gaussianSteps: readonly number[];
};

/** What the shipped results were made with. */
export const fullBudget: Budget = {
  n: 2000,
  steps: [10, 20, 50, 100, 1000],
  images: 100,
  codingSteps: [10, 20, 50, 100, 200, 500, 1000],
  timedSteps: [10, 20, 50, 100, 200, 500, 1000],
  timedBatch: 16,
  repetitions: 3,
  pathSteps: 50,
  paths: 24,
  stations: 11,
  points: 4000,
  pointSteps: [5, 10, 20, 50, 100, 200, 500, 1000],
  cloudSamples: 200,
  cloudSteps: [5, 10, 20, 50, 100, 200],
  gaussianSteps: [5, 10, 20, 50, 100, 200, 500, 1000],
};

/** `--quick`: minutes instead of hours, and numbers that show the trends only. */
export const quickBudget: Budget = {
  ...fullBudget,
  n: 128,
  steps: [10, 20, 50, 100],
  images: 16,
  codingSteps: [10, 20, 50, 100],
  timedSteps: [10, 20, 50, 100],
  timedBatch: 8,
  repetitions: 3,
  pathSteps: 20,
  paths: 6,
  stations: 7,
  points: 1000,
  pointSteps: [5, 10, 20, 50, 100],
  cloudSamples: 64,
  cloudSteps: [5, 10, 20, 50],
};
