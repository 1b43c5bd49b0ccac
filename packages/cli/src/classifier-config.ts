import { z } from "zod";
import { dataFingerprint, modelAbout } from "./model-about.ts";

const count = z.int().min(1);

/** A classifier in whose last convolutional layer images are compared: what `config` in its config.json holds. */
export const classifierConfig = z.strictObject({
  kind: z.literal("classifier"),
  height: count,
  width: count,
  channels: count,
  classes: z.int().min(2),
  widths: z.array(count).min(1),
  hidden: count,
  groups: count,
});

/** A classifier as plain data. */
export type ClassifierModelConfig = z.infer<typeof classifierConfig>;

/** How it was trained: what `about` in its config.json holds. */
export const classifierAbout = modelAbout.extend({
  training: z.strictObject({
    steps: count,
    batch: count,
    lr: z.number().positive(),
    shifts: z.int().min(0),
    smoothing: z.number().min(0).lt(1),
    ema: z.number().min(0).lt(1),
    pad: count.exactOptional(),
    holdOut: z.int().min(2),
    seed: z.int(),
  }),
  /** Images that were not trained on, and the part of them whose class it says right. */
  heldOut: z.strictObject({ data: dataFingerprint, accuracy: z.number().min(0).max(1) }),
});

/** How a classifier was trained. */
export type ClassifierAbout = z.infer<typeof classifierAbout>;
