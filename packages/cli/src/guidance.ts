import { UsageError } from "./errors.ts";
import type { GuidanceOptions } from "./options/guidance-options.ts";
import type { RunConfig } from "./run-config.ts";

/** Classifier-free guidance, as samples are drawn with it. */
export type Guidance = {
  /** 0 is without class, 1 with it, above 1 beyond it. */
  readonly scale: number;
  /** How much of the predictions' spread to keep, in 0..1. */
  readonly rescale: number;
};

/**
 * The guidance that the options ask for; undefined for none.
 * @throws UsageError if the network does not know the data without their class
 */
export const guidanceFor = (
  { net, training }: Pick<RunConfig, "net" | "training">,
  { guidance, guidanceRescale }: GuidanceOptions,
): Guidance | undefined => {
  if (guidanceRescale !== undefined && guidance === undefined)
    throw new UsageError("--guidance-rescale: changes what --guidance does; add that, or leave it out");
  if (guidance === undefined) return undefined;
  if (net.classes === 0)
    throw new UsageError("--guidance: this network knows no classes (trained without --conditional); leave it out");
  if ((training.labelDropout ?? 0) === 0)
    throw new UsageError(
      "--guidance: this network never saw data without their class; train it with --label-dropout, or leave it out",
    );
  return { scale: guidance, rescale: guidanceRescale ?? 0 };
};
