import { Command } from "commander";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { integer, integers, numbers } from "../options/number.ts";
import { runArgument } from "../options/run-argument.ts";
import { tauNames, tauOption, type TauOption } from "../options/sampler-options.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov evaluate`. */
export type EvaluateOptions = BackendOptions & {
  readonly steps: readonly number[];
  readonly eta: readonly number[];
  readonly sigmaHat: boolean;
  readonly ode: boolean;
  readonly ddpm?: true;
  readonly n: number;
  readonly out?: string;
  readonly force?: true;
  readonly tau: TauOption;
  readonly weights: "ema" | "params";
  readonly clipX0?: number;
  readonly seed: number;
  readonly batch: number;
};

/** `nonmarkov evaluate`. */
export const evaluateCommand = (): Command =>
  new Command("evaluate")
    .summary("measure samplers: the table of steps S against noise eta")
    .description(
      "Draws n samples with every sampler, all from the same latents x_T, and measures their distance to " +
        "examples of the run's data: Frechet distance of fixed random features (pictures: 32 random 3 x 3 filters, positive " +
        "part, averaged over the picture; not Inception's, so compare numbers of one table only), which sees left-over " +
        "noise and blur, and sliced Wasserstein distance of the raw values. Each table says what other examples score.",
    )
    .addArgument(runArgument())
    .option("--steps <list>", "numbers of network evaluations", integers({ min: 1 }), [10, 20, 50, 100])
    .option("--eta <list>", "noise levels of DDIM", numbers({ min: 0 }), [0, 0.5, 1])
    .option("--no-sigma-hat", "leave out the large-variance sampler")
    .option("--no-ode", "leave out probability-flow Euler")
    .option("--ddpm", "also all T steps of DDPM, with the small and the large variance")
    .option("--n <count>", "samples per sampler", integer({ min: 2 }), 128)
    .option("--out <file>", "write the table, as .md or .json by the name's ending")
    .addOption(shared.force())
    .option("--tau <name>", `the visited steps: ${tauNames.join(", ")}`, tauOption, "linear")
    .addOption(shared.clipX0())
    .addOption(shared.weights())
    .addOption(shared.seed())
    .addOption(shared.batch(32))
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov evaluate runs/mnist --steps 10,20,50 --eta 0,0.2,0.5,1 --n 256 --out table.md
  nonmarkov evaluate runs/mnist --json > table.json`,
    )
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<EvaluateOptions & GlobalOptions>();
      const { evaluate } = await import("../actions/evaluate.ts");
      await evaluate(run, options, output(options));
    });
