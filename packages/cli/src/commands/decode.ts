import { Command } from "commander";
import { shared, type GlobalOptions } from "../options/common.ts";
import { integer } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov decode`. */
export type DecodeOptions = SamplerOptions & {
  readonly out: string;
  readonly tensors?: string;
  readonly force?: true;
  readonly columns?: number;
  readonly scale: number;
};

/** `nonmarkov decode`. */
export const decodeCommand = (): Command =>
  addSamplerOptions(
    new Command("decode")
      .summary("turn latents back into images")
      .description(
        "Runs a deterministic sampler from given latents. If the file also holds what was encoded, the squared error of " +
          "the reconstruction is reported, per dimension and for data scaled to [0, 1] as in the paper's table 2.",
      )
      .addArgument(runArgument())
      .argument("<latents>", "a safetensors file with a tensor latents, written by encode")
      .requiredOption("--out <png>", "the picture to write")
      .option("--tensors <file>", "also write the samples, in [-1, 1], as safetensors")
      .addOption(shared.force())
      .option("--columns <n>", "images per row (default: a square)", integer({ min: 1 }))
      .option("--scale <n>", "size of a pixel", integer({ min: 1, max: 64 }), 2),
    { deterministic: true },
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov decode runs/mnist latents.safetensors --steps 100 --out back.png`,
    )
    .action(async (run: string, latents: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DecodeOptions & GlobalOptions>();
      const { decode } = await import("../actions/decode.ts");
      await decode(run, latents, options, output(options));
    });
