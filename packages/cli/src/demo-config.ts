import type { RunConfig } from "./run-config.ts";

/** What the demo trains: small enough for two minutes on two cores, large enough for digits that can be read. */
export const demoConfig = (seed: number): RunConfig => ({
  data: { name: "glyphs" },
  shape: [28, 28, 1],
  schedule: "linear:1000",
  prediction: "v",
  net: {
    kind: "unet",
    height: 28,
    width: 28,
    channels: 1,
    base: 16,
    mults: [1, 2],
    blocks: 1,
    attention: [],
    heads: 1,
    groups: 8,
    patch: 2,
    classes: 0,
  },
  training: {
    steps: 1_000_000,
    batch: 32,
    lr: 4e-3,
    warmup: 50,
    decay: "constant",
    weightDecay: 0,
    clip: 1,
    ema: 0.995,
    checkpointEvery: 500,
    seed,
  },
});

/** What the demo draws. */
export const demoSampling = {
  eta: [0, 0.5, 1],
  tau: "linear",
  sigmaHat: true,
  ode: true,
  /** How many of the samples the pictures show. */
  shown: 16,
  /** Paths between samples, and the stations of each. */
  paths: 4,
  columns: 10,
  pathSteps: 20,
  /** Size of a pixel in the pictures. */
  scale: 2,
} as const;
