import { Argument, Command } from "commander";
import { shared, type GlobalOptions } from "../options/common.ts";
import { addGuidanceOptions, type GuidanceOptions } from "../options/guidance-options.ts";
import { integer } from "../options/number.ts";
import { addOutsideOptions, type OutsideOptions } from "../options/outside-options.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov sample`. */
export type SampleOptions = SamplerOptions &
  GuidanceOptions &
  OutsideOptions & {
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
  addOutsideOptions(
    addSamplerOptions(
      addGuidanceOptions(
        new Command("sample")
          .summary("draw samples from a trained run, or from a network from elsewhere, into a PNG")
          .description(
            "Draws samples from a trained run, or with --model from a TensorFlow.js or ONNX network. Sample i depends on " +
              "the seed, i and the sampler alone: not on --batch, and not on how many are drawn. Samplers with the same " +
              "seed start from the same x_T.",
          )
          .addArgument(new Argument("[run]", "a run folder, written by train or demo; or --model"))
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
      ),
    ),
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov sample runs/mnist --sampler ddim --steps 20 --eta 0 --n 64 --seed 1 --out digits.png
  nonmarkov sample runs/mnist --sampler ddpm --n 16 --out all-steps.png
  nonmarkov sample runs/mnist --sampler pf-euler --steps 50 --tau quadratic --out ode.png
  nonmarkov sample runs/digits --class 7 --guidance 2 --steps 50 --out sevens.png
  nonmarkov sample --model unet/model.json --schedule cosine:300 --steps 50 --range 0,1 --out keras.png
  nonmarkov sample --model unet.onnx --schedule linear:1000 --time-base 1 --prediction v --out onnx.png`,
    )
    .action(async (run: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<SampleOptions & GlobalOptions>();
      const { sample } = await import("../actions/sample.ts");
      await sample(run, options, output(options));
    });
