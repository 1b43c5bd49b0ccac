import { Argument, Command } from "commander";
import { choice } from "../options/choice.ts";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { dataHelp, dataSpec, type DataSpec } from "../options/data-spec.ts";
import { integer, integers } from "../options/number.ts";
import { tauNames } from "../options/sampler-options.ts";
import { output } from "../output.ts";
import { reproduceNames } from "../reproduce/names.ts";

/** The options of `nonmarkov reproduce`. */
export type ReproduceOptions = BackendOptions & {
  readonly model: string;
  readonly features: string;
  readonly data?: DataSpec;
  readonly out: string;
  readonly report?: string;
  readonly force?: true;
  readonly quick?: true;
  readonly n?: number;
  readonly images?: number;
  readonly steps?: readonly number[];
  readonly against?: string;
  readonly tau: (typeof tauNames)[number];
  readonly weights: "ema" | "params";
  readonly seed: number;
  readonly batch: number;
};

/** `nonmarkov reproduce`. */
export const reproduceCommand = (): Command =>
  new Command("reproduce")
    .summary("make the paper's tables and figures again, on a network of ours")
    .description(
      "Makes tables and figures of the DDIM paper (arXiv 2010.02502) in kind: JSON, Markdown and pictures in --out, and a " +
        "report that checks the paper's trends one by one. What is drawn is kept there, so a stopped command goes on where " +
        "it was; `exact` are all samplers without any network.",
    )
    .addArgument(new Argument("<what>", reproduceNames.join(", ")).argParser(choice("part", reproduceNames)))
    .option("--model <dir>", "the network: a model folder or a run", "models/mnist")
    .option(
      "--features <dir>",
      "the classifier whose features are compared, see train-features",
      "models/mnist-features",
    )
    .option("--data <spec>", `the model's data: ${dataHelp} (default as in the model's config.json)`, dataSpec)
    .option("--out <dir>", "the folder of the results", "reproduction")
    .option("--report <file>", "write the report there too, as Markdown with links to the pictures")
    .addOption(shared.force())
    .optionsGroup("How much:")
    .option("--quick", "128 samples a cell and S up to 100: minutes instead of hours")
    .option("--n <count>", "samples in a cell of Table 1 (default 2000, with --quick 128)", integer({ min: 20 }))
    .option("--images <count>", "images of Table 2 (default 100, with --quick 16)", integer({ min: 2 }))
    .option("--steps <list>", "numbers of steps of Table 1 (default 10,20,50,100,1000)", integers({ min: 1 }))
    .option(
      "--tau <name>",
      `the visited steps: ${tauNames.join(", ")}; the default is that of the authors' own code`,
      choice("tau", tauNames),
      "authors-uniform",
    )
    .option("--against <dir>", "compare Table 1 with that of another folder, if they can be compared")
    .optionsGroup("Machine:")
    .addOption(shared.weights())
    .addOption(shared.seed())
    .addOption(shared.batch(125))
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov reproduce all --quick --data mnist:data/mnist
  nonmarkov reproduce table1 --n 10000 --out runs/table1
  nonmarkov reproduce exact`,
    )
    .action(async (what: (typeof reproduceNames)[number], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReproduceOptions & GlobalOptions>();
      const { reproduce } = await import("../actions/reproduce.ts");
      await reproduce(what, options, output(options));
    });
