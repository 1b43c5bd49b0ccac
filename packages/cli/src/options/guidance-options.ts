import type { Command } from "commander";
import { number } from "./number.ts";

/** The options of classifier-free guidance. */
export type GuidanceOptions = {
  readonly guidance?: number;
  readonly guidanceRescale?: number;
};

/** Adds the options of {@link GuidanceOptions}. */
export const addGuidanceOptions = (command: Command): Command =>
  command
    .optionsGroup("Guidance (networks trained with --label-dropout):")
    .option(
      "--guidance <scale>",
      "how far to go beyond what the class says: 0 without class, 1 with it (default), say 2; two evaluations per step",
      number({ min: 0 }),
    )
    .option(
      "--guidance-rescale <phi>",
      "how much of the predictions' spread to keep, from 0 (default) to 1, say 0.7",
      number({ min: 0, max: 1 }),
    );
