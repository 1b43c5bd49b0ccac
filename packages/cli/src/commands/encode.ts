import { Command } from "commander";
import { choice } from "../options/choice.ts";
import { shared, type GlobalOptions } from "../options/common.ts";
import { dataSpec, type DataSpec } from "../options/data-spec.ts";
import { integer } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { addSamplerOptions, type SamplerOptions } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov encode`. */
export type EncodeOptions = SamplerOptions & {
  readonly out: string;
  readonly data?: DataSpec;
  readonly force?: true;
  readonly n: number;
  readonly first: number;
  readonly evaluateAt: "source" | "target";
};

/** `nonmarkov encode`. */
export const encodeCommand = (): Command =>
  addSamplerOptions(
    new Command("encode")
      .summary("turn images into latents by the ODE, backwards")
      .description(
        "Runs a deterministic sampler backwards, from data to latents x_T. The file holds the tensors latents, x0 (what " +
          "was encoded) and labels, and in its metadata how it was made.",
      )
      .addArgument(runArgument())
      .requiredOption("--out <file>", "the safetensors file to write")
      .option("--data <spec>", `what to encode, as for train (default: the run's data)`, dataSpec)
      .addOption(shared.force())
      .option("--n <count>", "how many", integer({ min: 1 }), 16)
      .option("--first <i>", "the index of the first", integer({ min: 0 }), 0)
      .option(
        "--evaluate-at <which>",
        "the network sees the index of each move's source or target",
        choice("evaluate-at", ["source", "target"]),
        "source",
      ),
    { deterministic: true },
  )
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov encode runs/mnist --steps 100 --n 16 --out latents.safetensors
  nonmarkov decode runs/mnist latents.safetensors --steps 100 --out back.png`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<EncodeOptions & GlobalOptions>();
      const { encode } = await import("../actions/encode.ts");
      await encode(run, options, output(options));
    });
