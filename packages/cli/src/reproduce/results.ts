import { z } from "zod";
import { manifestSchema } from "./manifest.ts";

const interval = z.strictObject({ value: z.number(), standardError: z.number(), low: z.number(), high: z.number() });
const fit = z.strictObject({ slope: z.number(), intercept: z.number(), r2: z.number() });
const paths = z.strictObject({
  file: z.string(),
  /** Number of paths. */
  paths: z.int(),
  /** At each station, how sure the classifier is, the mean over the paths: on great circles in x_T, */
  slerp: z.array(z.number()),
  /** on straight lines in x_T, */
  lerp: z.array(z.number()),
  /** and of the end images' pixels, blended. */
  blend: z.array(z.number()),
});

/** One sampler's distance at one S, without a network. Infinite and undefined distances are null. */
const exactPoint = z.strictObject({ sampler: z.string(), S: z.int(), distance: z.number().nullable() });

/** What each part of a reproduction writes to its JSON file. */
export const resultSchemas = {
  table1: z.strictObject({
    cells: z.array(
      z.strictObject({
        S: z.int(),
        column: z.string(),
        label: z.string(),
        eta: z.number().nullable(),
        frechet: interval,
        kid: interval,
      }),
    ),
    /** What the held-out images score. Their number is another, so that only their KID can be compared. */
    heldOut: z.strictObject({ n: z.int(), frechet: interval, kid: interval }),
    /** The samples are too few for the dimension of the features. */
    singular: z.boolean(),
  }),
  table2: z.strictObject({
    /** Mean over images and pixels of the squared error, pixels in [0, 1], and its standard error over the images. */
    rows: z.array(z.strictObject({ S: z.int(), error: z.number(), standardError: z.number() })),
  }),
  figure3: z.strictObject({
    pictures: z.array(z.strictObject({ S: z.int(), column: z.string(), label: z.string(), file: z.string() })),
  }),
  figure4: z.strictObject({
    machine: z.string(),
    /** Samples at once. */
    batch: z.int(),
    /** Seconds for a batch, the fastest of the repetitions. */
    points: z.array(z.strictObject({ S: z.int(), seconds: z.number() })),
    /** Seconds as a linear function of S. */
    fit,
  }),
  figure5: z.strictObject({
    file: z.string(),
    /** S of each column of the picture. */
    steps: z.array(z.int()),
    /** Mean cosine of the centred features with those at the largest S: of the same latent, and of another one. */
    similarity: z.array(z.strictObject({ S: z.int(), same: z.number(), other: z.number() })),
  }),
  figure6: z.strictObject({ latents: paths, images: paths }),
  exact: z.strictObject({
    gaussian: z.strictObject({
      variances: z.array(z.number()),
      points: z.array(exactPoint),
      slopes: z.array(z.strictObject({ sampler: z.string(), ...fit.shape })),
    }),
    mixture: z.strictObject({ n: z.int(), floor: z.number(), points: z.array(exactPoint) }),
    cloud: z.strictObject({
      images: z.int(),
      n: z.int(),
      floor: z.number(),
      points: z.array(
        z.strictObject({
          ...exactPoint.shape,
          /** Root mean squares over the pixels of the errors of their mean and of their standard deviation. */
          mean: z.number().nullable(),
          deviation: z.number().nullable(),
        }),
      ),
    }),
  }),
} as const;

/** The results of the parts by name. */
export type Results = { readonly [Part in keyof typeof resultSchemas]: z.infer<(typeof resultSchemas)[Part]> };

/** A distance with its uncertainty, as it is written. */
export type WrittenInterval = z.infer<typeof interval>;

/** The JSON file of a part: its result with what it depends on. */
export const partFile = <Part extends keyof Results>(part: Part) =>
  z.strictObject({ manifest: manifestSchema, result: resultSchemas[part] });
