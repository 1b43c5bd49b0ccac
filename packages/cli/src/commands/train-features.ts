import { Command } from "commander";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { dataHelp, dataSpec, type DataSpec } from "../options/data-spec.ts";
import { integer, number } from "../options/number.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov train-features`. */
export type TrainFeaturesOptions = BackendOptions & {
  readonly data: DataSpec;
  readonly out: string;
  readonly force?: true;
  readonly pad?: number;
  readonly holdOut: number;
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  readonly shifts: number;
  readonly smoothing: number;
  readonly ema: number;
  readonly hidden: number;
  readonly seed: number;
};

const positive = integer({ min: 1 });

/** `nonmarkov train-features`. */
export const trainFeaturesCommand = (): Command =>
  new Command("train-features")
    .summary("train a small classifier whose features sets of images are compared in")
    .description(
      "Trains a convolutional classifier on labelled images and writes it as a model folder, with its accuracy on images " +
        "that were held out. `reproduce` measures Frechet distance and KID in its last convolutional layer, averaged over the picture.",
    )
    .requiredOption("--data <spec>", dataHelp, dataSpec)
    .requiredOption("--out <dir>", "the model folder")
    .addOption(shared.force())
    .option("--pad <pixels>", "pad images with black to this height and width, say 28 to 32", positive)
    .option("--hold-out <k>", "set every k-th example aside, to measure the accuracy", integer({ min: 2 }), 10)
    .option("--steps <n>", "training steps", positive, 2000)
    .option("--batch <n>", "examples per step", positive, 128)
    .option(
      "--lr <rate>",
      "learning rate at the start, of AdamW with cosine decay",
      number({ min: 0, above: true }),
      2e-3,
    )
    .option("--shifts <pixels>", "move images at random by up to so much", integer({ min: 0 }), 2)
    .option("--smoothing <x>", "label smoothing", number({ min: 0, max: 0.999 }), 0.1)
    .option("--ema <decay>", "decay of the moving average of the weights", number({ min: 0, max: 0.999999 }), 0.995)
    .option("--hidden <n>", "width of the layer before the classes", positive, 64)
    .addOption(shared.seed())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov train-features --data mnist --pad 32 --out models/mnist-features`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<TrainFeaturesOptions & GlobalOptions>();
      const { trainFeatures } = await import("../actions/train-features.ts");
      await trainFeatures(options, output(options));
    });
