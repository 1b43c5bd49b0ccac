import { Command } from "commander";
import { choice } from "../options/choice.ts";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { dataHelp, dataSpec, type DataSpec } from "../options/data-spec.ts";
import { integer, integers, number } from "../options/number.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov train`. */
export type TrainOptions = BackendOptions & {
  readonly data?: DataSpec;
  readonly out: string;
  readonly resume?: true;
  readonly force?: true;
  readonly steps?: number;
  readonly minutes?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly warmup?: number;
  readonly decay?: "constant" | "cosine";
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly ema?: number;
  readonly schedule?: string;
  readonly prediction?: "eps" | "x0" | "v" | "score";
  readonly net?: "unet" | "mlp";
  readonly base?: number;
  readonly mults?: readonly number[];
  readonly blocks?: number;
  readonly attention?: readonly number[];
  readonly heads?: number;
  readonly groups?: number;
  readonly patch?: number;
  readonly hidden?: number;
  readonly depth?: number;
  readonly conditional?: true;
  readonly labelDropout?: number;
  readonly size?: number;
  readonly flip?: true;
  readonly pad?: number;
  readonly holdOut?: number;
  readonly checkpointEvery?: number;
  readonly seed?: number;
};

const positive = integer({ min: 1 });

/** `nonmarkov train`. */
export const trainCommand = (): Command =>
  new Command("train")
    .summary("train a denoising network and keep it in a run folder")
    .description(
      "Trains a denoising network. The run folder holds config.json, log.jsonl and the last checkpoint; stopping it " +
        "(Ctrl-C, a kill, a crash) and going on with --resume gives the same numbers as never stopping.",
    )
    .option("--data <spec>", dataHelp, dataSpec)
    .requiredOption("--out <dir>", "the run folder")
    .option(
      "--resume",
      "go on with the run in --out; all but --steps, --minutes and the like comes from its config.json",
    )
    .addOption(shared.force())
    .optionsGroup("How long:")
    .option("--steps <n>", "training steps in all (default 20000)", integer({ min: 0 }))
    .option("--minutes <n>", "stop after so many minutes, saving a checkpoint", number({ min: 0, above: true }))
    .option("--checkpoint-every <n>", "steps between checkpoints (default 500)", positive)
    .optionsGroup("Optimisation:")
    .option("--batch <n>", "examples per step (default 64)", positive)
    .option("--lr <rate>", "learning rate of AdamW (default 0.001)", number({ min: 0, above: true }))
    .option("--warmup <n>", "steps over which the rate rises (default 100)", integer({ min: 0 }))
    .option(
      "--decay <how>",
      "the rate after that: constant or cosine (default constant)",
      choice("decay", ["constant", "cosine"]),
    )
    .option("--weight-decay <x>", "decoupled weight decay (default 0)", number({ min: 0 }))
    .option("--clip <norm>", "largest norm of the gradient (default 1)", number({ min: 0, above: true }))
    .option(
      "--ema <decay>",
      "decay of the moving average of the weights (default 0.999)",
      number({ min: 0, max: 0.999999 }),
    )
    .optionsGroup("Diffusion:")
    .option(
      "--schedule <spec>",
      "NAME[:T][,option=value ...], for example linear:1000 or cosine:1000,s=0.008 (default linear:1000)",
    )
    .option(
      "--prediction <what>",
      "what the network predicts: v, eps (as in the paper), x0 or score (default v: it learns fastest)",
      choice("prediction", ["eps", "x0", "v", "score"]),
    )
    .optionsGroup("Network:")
    .option("--net <kind>", "unet or mlp (default by the data's shape)", choice("net", ["unet", "mlp"]))
    .option("--base <n>", "U-Net: channels of the first level (default 32)", positive)
    .option(
      "--mults <list>",
      "U-Net: channels of each level as multiples of --base (default 1,2)",
      integers({ min: 1 }),
    )
    .option("--blocks <n>", "U-Net: residual blocks per level (default 1)", positive)
    .option(
      "--attention <list>",
      "U-Net: heights of the feature maps with attention, or none (default none)",
      integers({ min: 1 }),
    )
    .option("--heads <n>", "U-Net: attention heads (default 1)", positive)
    .option("--groups <n>", "U-Net: groups of the normalisation (default 8)", positive)
    .option("--patch <n>", "U-Net: works on patches of n x n pixels (default 2 from 28 pixels on, else 1)", positive)
    .option("--hidden <n>", "MLP: width (default 128)", positive)
    .option("--depth <n>", "MLP: hidden layers (default 3)", positive)
    .option("--conditional", "tell the network the class, where the data have labels")
    .option(
      "--label-dropout <p>",
      "with --conditional: how often the class is left out, as sample --guidance needs; say 0.1 (default 0)",
      number({ min: 0, max: 0.999999 }),
    )
    .optionsGroup("Data:")
    .option(
      "--size <pixels>",
      "height and width of glyphs (default 28) and of a folder's images (default 32)",
      positive,
    )
    .option("--flip", "mirror a folder's images at random")
    .option("--pad <pixels>", "pad images with black to this height and width, say 28 to 32", positive)
    .option("--hold-out <k>", "set every k-th example aside: not trained on, for measuring", integer({ min: 2 }))
    .optionsGroup("Machine:")
    .option("--seed <n>", "the key that all randomness comes from (default 0)", integer())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov train --data glyphs --out runs/glyphs --minutes 2
  nonmarkov train --data mnist:data/mnist --out runs/mnist --steps 20000 --batch 64
  nonmarkov train --out runs/mnist --resume --steps 40000
  nonmarkov train --data swissRoll --out runs/roll --steps 5000 --batch 512 --hidden 128`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<TrainOptions & GlobalOptions>();
      const { train } = await import("../actions/train.ts");
      await train(options, output(options));
    });
