import { Command } from "commander";
import { choice } from "../options/choice.ts";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { integer } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov export`. */
export type ExportOptions = BackendOptions & {
  readonly out?: string;
  readonly onnx?: string;
  readonly layout?: "NHWC" | "NCHW";
  readonly force?: true;
  readonly title?: string;
  readonly dtype: "f16" | "f32";
  readonly weights: "ema" | "params";
  readonly n: number;
  readonly steps: number;
  readonly seed: number;
};

/** `nonmarkov export`. */
export const exportCommand = (): Command =>
  new Command("export")
    .summary("make a small model folder of a run, with a model card, or an ONNX file")
    .description(
      "Writes a folder with config.json, model.safetensors, a README.md that says how the model came to be, its loss curve " +
        "and a picture of samples. All commands that take a run folder take it, but training cannot go on from it. " +
        "With --onnx it writes the network of a run or model as an ONNX file instead.",
    )
    .addArgument(runArgument())
    .option("--out <dir>", "the model folder")
    .option("--onnx <file>", "an ONNX file in its place: x, t (1..T) and labels to prediction, float32, for any batch")
    .option(
      "--layout <order>",
      "ONNX: the order of the axes, NHWC or NCHW (default NHWC)",
      choice("layout", ["NHWC", "NCHW"]),
    )
    .addOption(shared.force())
    .option("--title <text>", "what the card calls it (default the folder's name)")
    .option(
      "--dtype <type>",
      "f16, half the size and what samples do not show, or f32",
      choice("dtype", ["f16", "f32"]),
      "f16",
    )
    .addOption(shared.weights())
    .option("--n <count>", "samples in the picture", integer({ min: 1 }), 64)
    .option("--steps <S>", "network evaluations for each of them", integer({ min: 1 }), 50)
    .addOption(shared.seed())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov export runs/mnist --out models/mnist
  nonmarkov sample models/mnist --steps 20 --out digits.png
  nonmarkov export models/mnist --onnx mnist.onnx`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions & GlobalOptions>();
      const { exportRun } = await import("../actions/export-run.ts");
      await exportRun(run, options, output(options));
    });
