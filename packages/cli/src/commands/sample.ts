import { Command } from "commander";
import { shared, type GlobalOptions } from "../options/common.ts";
import { integer } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov sample`. */
export type SampleOptions = SamplerOptions & {
  readonly out: string;
  readonly tensors?: string;
  readonly force?: true;
  readonly n: number;
  readonly class?: number;
  readonly columns?: number;
  readonly scale: number;
  readonly seed: number;
};

/** `nonmarkov sample`. */
export const sampleCommand = (): Command =>
  addSamplerOptions(
    new Command("sample")
      .summary("draw samples from a trained run into a PNG")
      .description(
        "Draws samples from a trained run. Sample i depends on the seed, i and the sampler alone: not on --batch, and " +
          "not on how many are drawn. Samplers with the same seed start from the same x_T.",
      )
      .addArgument(runArgument())
      .requiredOption("--out <png>", "the picture to write: a grid of images, or a scatter plot of points")
      .option("--tensors <file>", "also write the samples, in [-1, 1], as safetensors")
      .addOption(shared.force())
      .option("--n <count>", "how many", integer({ min: 1 }), 64)
      .option(
        "--class <k>",
        "draw one class only (networks trained with --conditional; default all in turn)",
        integer({ min: 0 }),
      )
      .option("--columns <n>", "images per row (default: a square)", integer({ min: 1 }))
      .option("--scale <n>", "size of a pixel", integer({ min: 1, max: 64 }), 2)
      .addOption(shared.seed()),
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov sample runs/mnist --sampler ddim --steps 20 --eta 0 --n 64 --seed 1 --out digits.png
  nonmarkov sample runs/mnist --sampler ddpm --n 16 --out all-steps.png
  nonmarkov sample runs/mnist --sampler pf-euler --steps 50 --tau quadratic --out ode.png`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<SampleOptions & GlobalOptions>();
      const { sample } = await import("../actions/sample.ts");
      await sample(run, options, output(options));
    });
