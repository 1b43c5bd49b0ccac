import type { Cost } from "../cost.ts";
import type { Parameter } from "../parameter.ts";
import type { BlockTree } from "./blocks.ts";
import { type Level, resolveUnet, type UnetConfig } from "./config.ts";
import { type UnetTree, unetTree } from "./params.ts";
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

const multiplyAdds = (params: UnetTree<Parameter>, levels: readonly Level[]): number => {
  const { time_embedding, class_embedding, conv_in, conv_out, down_blocks, mid_block, up_blocks } = params;
  const [largest, smallest] = [levels[0]!, levels.at(-1)!];
  const upwards = levels.toReversed();
  return sum([
    size(time_embedding.linear_1.weight) + size(time_embedding.linear_2.weight),
    class_embedding === undefined ? 0 : size(class_embedding.weight),
    pixels(largest) * (size(conv_in.weight) + size(conv_out.weight)),
    ...down_blocks.map((block, i) => ofBlock(block, levels[i]!)),
    ...down_blocks.map(({ downsamplers = [] }, i) =>
      sum(downsamplers.map(({ conv }) => pixels(levels[i + 1]!) * size(conv.weight))),
    ),
    ofBlock(mid_block, smallest),
    ...up_blocks.map((block, i) => ofBlock(block, upwards[i]!)),
    ...up_blocks.map(({ upsamplers = [] }, i) =>
      sum(upsamplers.map(({ conv }) => pixels(upwards[i + 1]!) * size(conv.weight))),
    ),
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
