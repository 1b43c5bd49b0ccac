import { ops, own, silu, type Tensor } from "@nonmarkov/autodiff";
import { checkInputs } from "../checks.ts";
import type { Cost } from "../cost.ts";
import { draw } from "../draw.ts";
import { classLabels } from "../labels.ts";
import { embed } from "../layers/embedding.ts";
import { linear } from "../layers/linear.ts";
import type { Net } from "../net.ts";
import type { Parameter } from "../parameter.ts";
import { type MlpConfig, resolveMlp } from "./config.ts";
import { type MlpBlock, type MlpTree, mlpTree } from "./params.ts";

const block = ({ linear_1, linear_2, time_emb_proj }: MlpBlock<Tensor>, h: Tensor, emb: Tensor): Tensor =>
  ops.add(h, linear(linear_2, silu(ops.add(linear(linear_1, silu(h)), linear(time_emb_proj, emb)))));

/**
 * A time-conditioned residual MLP on rows of `dim` numbers: x [batch, dim] to the same shape. It gives zero at the start.
 * @throws RangeError where a size of the configuration is not an integer in range
 */
export const mlp = (config: MlpConfig = {}): Net<MlpTree<Tensor>> => {
  const resolved = resolveMlp(config);
  return {
    init: (key) => mlpTree(draw(key), resolved),
    apply: (params, x, t, labels) => {
      checkInputs("mlp", [resolved.dim], classLabels(resolved.classes), x, t, labels);
      return own(() => {
        const emb = embed(params, t, labels);
        const h = params.blocks.reduce((h, b) => block(b, h, emb), linear(params.linear_in, x));
        return linear(params.linear_out, silu(h));
      });
    },
  };
};

/** The shapes and starting values of an MLP's parameters, without making them. */
export const mlpPlan = (config: MlpConfig = {}): MlpTree<Parameter> =>
  mlpTree((parameter) => parameter, resolveMlp(config));

/** What an MLP costs. */
export const mlpCost = (config: MlpConfig = {}): Cost => {
  let parameters = 0;
  let multiplyAdds = 0;
  mlpTree(({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    parameters += size;
    if (shape.length === 2) multiplyAdds += size;
  }, resolveMlp(config));
  return { parameters, multiplyAdds };
};
