import { Command } from "commander";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { integer, integers, number } from "../options/number.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov demo`. */
export type DemoOptions = BackendOptions & {
  readonly out?: string;
  readonly minutes: number;
  readonly n: number;
  readonly steps: readonly number[];
  readonly ddpm: boolean;
  readonly seed: number;
};

/** `nonmarkov demo`. */
export const demoCommand = (): Command =>
  new Command("demo")
    .summary("the whole way in a few minutes: train, sample with everything, write a report")
    .description(
      "Trains a small U-Net on drawn digits, draws samples with DDPM, DDIM, sigma-hat and the ODE, all from the same " +
        "latents, and writes a folder with the pictures, report.html and the run. Needs no data and no network.",
    )
    .option("--out <dir>", "the folder to write (default demo, or demo-2, demo-3, ... where it exists)")
    .option("--minutes <n>", "how long to train", number({ min: 0, above: true }), 1.8)
    .option("--n <count>", "samples per sampler, of which the pictures show 16", integer({ min: 2, max: 256 }), 24)
    .option("--steps <list>", "numbers of network evaluations", integers({ min: 1 }), [10, 20, 50, 100])
    .option("--no-ddpm", "leave out DDPM on all T steps, which takes the longest")
    .addOption(shared.seed())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov demo
  nonmarkov demo --minutes 10 --out demo-long`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<DemoOptions & GlobalOptions>();
      const { demo } = await import("../actions/demo.ts");
      await demo(options, output(options));
    });
