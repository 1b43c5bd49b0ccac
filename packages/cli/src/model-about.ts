import type { Session } from "@nonmarkov/checkpoint/node";
import { z } from "zod";

const session = z.strictObject({
  from: z.int().min(0),
  to: z.int().min(0),
  seconds: z.number().min(0),
  machine: z.string(),
  backend: z.string(),
}) satisfies z.ZodType<Session>;

/** The data behind a model. */
export const dataFingerprint = z.strictObject({
  /** What the data package calls them. */
  name: z.string(),
  /** Examples trained on. */
  rows: z.int().min(1).nullable(),
  /** SHA-256 of all examples and labels, null where they are generated. */
  sha256: z.string().nullable(),
});

/** Which data: two with the same fingerprint are the same. */
export type DataFingerprint = z.infer<typeof dataFingerprint>;

/** How an exported model came to be: what `about` in its config.json holds. */
export const modelAbout = z.strictObject({
  /** Which of the run's weights they are. */
  weights: z.enum(["ema", "params"]),
  /** Training steps behind them. */
  step: z.int().min(0),
  /** The mean of the last losses; null if none was logged. */
  loss: z.number().nullable(),
  data: dataFingerprint,
  sessions: z.array(session),
});

/** How an exported model came to be. */
export type ModelAbout = z.infer<typeof modelAbout>;
