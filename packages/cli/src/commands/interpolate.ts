import { Command } from "commander";
import { shared, type GlobalOptions } from "../options/common.ts";
import { integer } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov interpolate`. */
export type InterpolateOptions = SamplerOptions & {
  readonly out: string;
  readonly latents?: string;
  readonly force?: true;
  readonly paths: number;
  readonly columns: number;
  readonly class?: number;
  readonly scale: number;
  readonly seed: number;
};

/** `nonmarkov interpolate`. */
export const interpolateCommand = (): Command =>
  addSamplerOptions(
    new Command("interpolate")
      .summary("draw paths between samples: a grid of slerps")
      .description(
        "Moves on great circles between pairs of latents x_T and decodes the stations: each row of the picture is a " +
          "path from one sample to another.",
      )
      .addArgument(runArgument())
      .requiredOption("--out <png>", "the picture to write")
      .option(
        "--latents <file>",
        "go between the pairs (1st, 2nd), (3rd, 4th), ... of these latents, written by encode",
      )
      .addOption(shared.force())
      .option("--paths <n>", "how many paths", integer({ min: 1 }), 6)
      .option("--columns <n>", "stations of a path, ends included", integer({ min: 2 }), 11)
      .option("--class <k>", "one class only (networks trained with --conditional)", integer({ min: 0 }))
      .option("--scale <n>", "size of a pixel", integer({ min: 1, max: 64 }), 2)
      .addOption(shared.seed()),
    { deterministic: true },
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov interpolate runs/mnist --steps 50 --paths 6 --columns 11 --out paths.png`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<InterpolateOptions & GlobalOptions>();
      const { interpolate } = await import("../actions/interpolate.ts");
      await interpolate(run, options, output(options));
    });
