import { type Command, InvalidArgumentError } from "commander";
import { choice } from "./choice.ts";
import { integers, numbers } from "./number.ts";

/** What an input of a network is for. */
const roles = ["x", "t", "labels"] as const;

/** The options that say how a network from elsewhere is called. */
export type OutsideOptions = {
  readonly model?: string;
  readonly schedule?: string;
  readonly prediction?: "eps" | "x0" | "v" | "score";
  readonly shape?: readonly number[];
  readonly timeBase?: 0 | 1;
  readonly inputs?: { readonly [role in (typeof roles)[number]]?: string };
  readonly output?: string;
  readonly layout?: "NHWC" | "NCHW";
  readonly range?: readonly [low: number, high: number];
  readonly runtime?: "node" | "web";
  readonly published?: true;
};

/** The names of {@link OutsideOptions}, as they are written, for those that need --model. */
export const outsideOnly = {
  schedule: "--schedule",
  prediction: "--prediction",
  shape: "--shape",
  timeBase: "--time-base",
  inputs: "--inputs",
  output: "--output",
  layout: "--layout",
  range: "--range",
  runtime: "--runtime",
  published: "--published",
} as const;

const inputNames = (text: string): Required<OutsideOptions>["inputs"] => {
  const pairs = text.split(",").map((part) => {
    const at = part.indexOf("=");
    const role = roles.find((known) => known === part.slice(0, at).trim());
    const name = part.slice(at + 1).trim();
    if (role === undefined || name === "")
      throw new InvalidArgumentError(`It must be like x=NAME,t=NAME (or labels=NAME), got "${text}".`);
    return [role, name] as const;
  });
  if (new Set(pairs.map(([role]) => role)).size < pairs.length)
    throw new InvalidArgumentError(`It must name each input once, got "${text}".`);
  return Object.fromEntries(pairs);
};

const range = (text: string): readonly [number, number] => {
  const [low, high, ...rest] = numbers()(text);
  if (low === undefined || high === undefined || rest.length > 0 || low >= high)
    throw new InvalidArgumentError(`It must be the least and the greatest value, like 0,1, got "${text}".`);
  return [low, high];
};

const shape = (text: string): readonly number[] => {
  const lengths = integers({ min: 1 })(text);
  if (lengths.length !== 1 && lengths.length !== 3)
    throw new InvalidArgumentError(`It must be height,width,channels (or one number for points), got "${text}".`);
  return lengths;
};

/** Adds the options of {@link OutsideOptions}. */
export const addOutsideOptions = (command: Command): Command =>
  command
    .optionsGroup("A network from elsewhere, instead of a run:")
    .option(
      "--model <path>",
      "a TensorFlow.js model (model.json, graph or layers), an ONNX file, or a folder of diffusers",
    )
    .option("--schedule <spec>", "the schedule that it was trained with, as for train: cosine:300")
    .option(
      "--prediction <what>",
      "what it predicts: eps, x0, v or score (default eps)",
      choice("prediction", ["eps", "x0", "v", "score"]),
    )
    .option("--shape <list>", "height,width,channels of its images, where the model does not say", shape)
    .option(
      "--time-base <0|1>",
      "its number for the first of T steps (default 0)",
      (text: string) => Number(choice("time base", ["0", "1"])(text)) as 0 | 1,
    )
    .option("--inputs <names>", "its inputs, where their shapes do not tell: x=NAME,t=NAME,labels=NAME", inputNames)
    .option("--output <name>", "its output, where it has several")
    .option(
      "--layout <order>",
      "the order of its axes: NHWC or NCHW (default NHWC)",
      choice("layout", ["NHWC", "NCHW"]),
    )
    .option("--range <low,high>", "black and white in its images (default -1,1)", range)
    .option(
      "--runtime <which>",
      "ONNX: node (native) or web (WebAssembly); default node",
      choice("runtime", ["node", "web"]),
    )
    .option("--published", "diffusers: with the folder's own scheduler, to the numbers of diffusers, not --sampler");
