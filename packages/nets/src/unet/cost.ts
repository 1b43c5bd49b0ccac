import type { Cost } from "../cost.ts";
import type { EmbeddingTree } from "../layers/embedding.ts";
import type { TimeEmbedding } from "../layers/params.ts";
import type { Parameter } from "../parameter.ts";
import type { BlockTree } from "./blocks.ts";
import { type Level, resolveUnet, type UnetConfig } from "./config.ts";
import { type UnetTree, unetTree } from "./params.ts";
import type { ResizeTree } from "./resize.ts";
import type { ResnetTree } from "./resnet.ts";

const size = ({ shape }: Parameter): number => shape.reduce((a, b) => a * b, 1);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const pixels = ({ height, width }: Level): number => height * width;

const ofResnet = ({ conv1, conv2, conv_shortcut, time_emb_proj }: ResnetTree<Parameter>, level: Level): number =>
  size(time_emb_proj.weight) +
  pixels(level) *
    (size(conv1.weight) + size(conv2.weight) + (conv_shortcut === undefined ? 0 : size(conv_shortcut.weight)));

/** Four linear layers, and two products over all pairs of pixels. */
const ofAttention = (level: Level): number => pixels(level) * level.channels * (4 * level.channels + 2 * pixels(level));

const ofBlock = ({ resnets, attentions = [] }: BlockTree<Parameter>, level: Level): number =>
  sum(resnets.map((params) => ofResnet(params, level))) + attentions.length * ofAttention(level);

/** Of what changes the resolution, at the resolution at which its convolutions are computed. */
const ofResize = (samplers: readonly (ResizeTree<Parameter> | ResnetTree<Parameter>)[] = [], level: Level): number =>
  sum(
    samplers.map((params) => ("conv" in params ? pixels(level) * size(params.conv.weight) : ofResnet(params, level))),
  );

const ofTime = ({ linear_1, linear_2 }: TimeEmbedding<Parameter>): number =>
  size(linear_1.weight) + size(linear_2.weight);

const ofLabels = (embedding: EmbeddingTree<Parameter>["class_embedding"]): number => {
  if (embedding === undefined) return 0;
  return "weight" in embedding ? size(embedding.weight) : ofTime(embedding);
};

const multiplyAdds = (params: UnetTree<Parameter>, levels: readonly Level[]): number => {
  const { time_embedding, class_embedding, conv_in, conv_out, down_blocks, mid_block, up_blocks } = params;
  const [largest, smallest] = [levels[0]!, levels.at(-1)!];
  const upwards = levels.toReversed();
  return sum([
    ofTime(time_embedding),
    ofLabels(class_embedding),
    pixels(largest) * (size(conv_in.weight) + size(conv_out.weight)),
    ...down_blocks.map((block, i) => ofBlock(block, levels[i]!)),
    ...down_blocks.map(({ downsamplers }, i) => ofResize(downsamplers, levels[i + 1] ?? smallest)),
    ofBlock(mid_block, smallest),
    ...up_blocks.map((block, i) => ofBlock(block, upwards[i]!)),
    ...up_blocks.map(({ upsamplers }, i) => ofResize(upsamplers, upwards[i + 1] ?? largest)),
  ]);
};

/** What a U-Net costs. */
export const unetCost = (config: UnetConfig): Cost => {
  const resolved = resolveUnet(config);
  let parameters = 0;
  const plan = unetTree((parameter) => {
    parameters += size(parameter);
    return parameter;
  }, resolved);
  return { parameters, multiplyAdds: multiplyAdds(plan, resolved.levels) };
};
