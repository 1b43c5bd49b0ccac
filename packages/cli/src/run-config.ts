import { z } from "zod";
import { dataNames } from "./options/data-spec.ts";

const count = z.int().min(1);
const rate = z.number().min(0);

const unetConfig = z.strictObject({
  kind: z.literal("unet"),
  height: count,
  width: count,
  channels: count,
  base: count,
  mults: z.array(count).min(1),
  blocks: count,
  attention: z.array(count),
  heads: count,
  groups: count,
  patch: count,
  classes: z.int().min(0),
});

const mlpConfig = z.strictObject({
  kind: z.literal("mlp"),
  dim: count,
  hidden: count,
  depth: count,
  classes: z.int().min(0),
});

const runConfig = z.strictObject({
  data: z.strictObject({
    name: z.enum(dataNames),
    dir: z.string().exactOptional(),
    split: z.enum(["train", "test"]).exactOptional(),
    size: count.exactOptional(),
    flip: z.boolean().exactOptional(),
    pad: count.exactOptional(),
    holdOut: z.int().min(2).exactOptional(),
  }),
  shape: z.array(count).min(1).max(3),
  schedule: z.string(),
  prediction: z.enum(["eps", "x0", "v", "score"]),
  net: z.discriminatedUnion("kind", [unetConfig, mlpConfig]),
  training: z.strictObject({
    steps: z.int().min(0),
    batch: count,
    lr: rate,
    warmup: z.int().min(0),
    decay: z.enum(["constant", "cosine"]),
    weightDecay: rate,
    clip: z.number().positive(),
    ema: z.number().min(0).lt(1),
    checkpointEvery: count,
    seed: z.int(),
    /** How often a label was left out; runs without it never did. */
    labelDropout: z.number().min(0).lt(1).exactOptional(),
  }),
});

/** Everything that a run needs to be resumed and sampled: what config.json in its folder holds. */
export type RunConfig = z.infer<typeof runConfig>;
/** The network of a run. */
export type NetConfig = RunConfig["net"];

/** Checks what was read from a config.json. */
export const parseRunConfig = (value: unknown): RunConfig => {
  const config = runConfig.parse(value);
  const { net, shape } = config;
  const wanted = net.kind === "unet" ? [net.height, net.width, net.channels] : [net.dim];
  if (wanted.join() !== shape.join())
    throw new RangeError(`shape: must be the network's [${wanted.join(", ")}], got [${shape.join(", ")}]`);
  if (net.classes === 0 && (config.training.labelDropout ?? 0) > 0)
    throw new RangeError("training.labelDropout: must be left out for a network without classes");
  return config;
};
