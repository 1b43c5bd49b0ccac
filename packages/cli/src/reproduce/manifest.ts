import { z } from "zod";
import { tauNames } from "../options/sampler-options.ts";
import { dataFingerprint } from "../model-about.ts";

/** Everything that the numbers of a reproduction depend on. */
export const manifestSchema = z.strictObject({
  format: z.literal("nonmarkov-reproduction"),
  version: z.literal(1),
  /** The network: SHA-256 of its configuration and weights. */
  model: z.strictObject({ name: z.string(), sha256: z.string(), step: z.int(), weights: z.enum(["ema", "params"]) }),
  /** The network that images are compared with. */
  features: z.strictObject({ sha256: z.string(), d: z.int(), accuracy: z.number() }),
  /** What samples are compared with: SHA-256 of the features' mean and covariance. */
  reference: z.strictObject({ data: dataFingerprint, sha256: z.string() }),
  /** The images that are encoded and decoded. */
  heldOut: dataFingerprint,
  schedule: z.string(),
  /** How the sub-sequences are chosen. */
  tau: z.enum(tauNames),
  /** Those of up to 100 steps, by S. */
  taus: z.record(z.string(), z.array(z.int())),
  /** Samples in a cell of Table 1. */
  n: z.int(),
  /** Images of Table 2. */
  images: z.int(),
  /** The key that all randomness comes from. */
  seed: z.int(),
  /** Samples per evaluation. */
  batch: z.int(),
  backend: z.string(),
});

/** Everything that the numbers of a reproduction depend on. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Fields whose change leaves what was drawn before as it is: more samples may be added to them. */
const extendable = ["n", "images", "taus"] as const;

const show = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 90 ? `${text.slice(0, 87)}...` : text;
};

const differing = (a: Manifest, b: Manifest, fields: readonly (keyof Manifest)[]): readonly string[] =>
  fields
    .filter((field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]))
    .map((field) => `${field}: ${show(a[field])} and ${show(b[field])}`);

/** The fields, with both values, that keep samples of one from being used for the other; none if they can be. */
export const otherSamples = (a: Manifest, b: Manifest): readonly string[] =>
  differing(
    a,
    b,
    (Object.keys(manifestSchema.shape) as (keyof Manifest)[]).filter(
      (field) => !(extendable as readonly string[]).includes(field),
    ),
  );

/** The fields, with both values, that keep distances of one from being compared with those of the other. */
export const incomparable = (a: Manifest, b: Manifest): readonly string[] =>
  differing(a, b, ["n", "images", "reference", "features", "heldOut"]);
