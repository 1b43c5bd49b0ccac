import { Command } from "commander";
import { shared, type GlobalOptions } from "../options/common.ts";
import { addGuidanceOptions, type GuidanceOptions } from "../options/guidance-options.ts";
import { integer, number } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov edit`. */
export type EditOptions = SamplerOptions &
  GuidanceOptions & {
    readonly image: string;
    readonly mask?: string;
    readonly from?: number;
    readonly strength?: number;
    readonly resample: number;
    readonly jump: number;
    readonly out: string;
    readonly tensors?: string;
    readonly force?: true;
    readonly n: number;
    readonly class?: number;
    readonly columns?: number;
    readonly scale: number;
    readonly seed: number;
  };

/** `nonmarkov edit`. */
export const editCommand = (): Command =>
  addSamplerOptions(
    addGuidanceOptions(
      new Command("edit")
        .summary("paint an image anew: all of it from a noisy version, or the part in a mask")
        .description(
          "Without --mask the image is noised and sampled from there (SDEdit): the more noise, the freer the result. With " +
            "--mask only its white part is painted anew (inpainting): after each step the black part is put back, noised to " +
            "the step's level, and at the end as it is. --resample lets the new part fit the known one better (RePaint).",
        )
        .addArgument(runArgument())
        .requiredOption("--image <file>", "the PNG or JPEG to edit; cut to a square and scaled to the network's size")
        .option("--mask <file>", "a PNG or JPEG of the same size: white is painted anew, black is kept")
        .requiredOption("--out <png>", "the picture to write: a grid of results")
        .option("--tensors <file>", "also write the results, in [-1, 1], as safetensors")
        .addOption(shared.force())
        .option("--n <count>", "how many results", integer({ min: 1 }), 16)
        .option(
          "--class <k>",
          "of which class (networks trained with --conditional; default all in turn)",
          integer({ min: 0 }),
        )
        .option("--columns <n>", "images per row (default: a square)", integer({ min: 1 }))
        .option("--scale <n>", "size of a pixel", integer({ min: 1, max: 64 }), 2)
        .addOption(shared.seed())
        .optionsGroup("Edit:")
        .option("--from <t>", "the index that the image is noised to, 1 to T", integer({ min: 1 }))
        .option(
          "--strength <part>",
          "the same as a part of T (default 0.6; with --mask 1, from pure noise)",
          number({ min: 0, max: 1, above: true }),
        )
        .option("--resample <times>", "with --mask: how often each step is made", integer({ min: 1 }), 1)
        .option("--jump <moves>", "with --resample: how many steps are repeated together", integer({ min: 1 }), 1),
    ),
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov edit runs/mnist --image seven.png --strength 0.5 --steps 50 --out like-seven.png
  nonmarkov edit runs/mnist --image seven.png --mask top.png --sampler ddpm --steps 50 --resample 5 --out tops.png`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<EditOptions & GlobalOptions>();
      const { edit } = await import("../actions/edit.ts");
      await edit(run, options, output(options));
    });
