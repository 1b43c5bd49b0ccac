import { ops, own, silu, type Tensor } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import { draw } from "../draw.ts";
import { conv } from "../layers/conv.ts";
import { linear } from "../layers/linear.ts";
import { normSilu } from "../layers/norm.ts";
import { type ClassifierConfig, resolveClassifier } from "./config.ts";
import { type ClassifierTree, classifierTree } from "./params.ts";

/** A classifier of images as pure functions over its parameters. All borrow what they are given. */
export type Classifier<P> = {
  /** Makes the parameters, float32, from a key; the caller owns them. */
  readonly init: (key: Key) => P;
  /**
   * The last convolutional layer of x [batch, height, width, channels], averaged over the picture as in the network that FID
   * is measured with: [batch, widths.at(-1)], owned by the caller. Distances between sets of images are measured in it.
   * @throws RangeError if x has another shape
   */
  readonly features: (params: P, x: Tensor) => Tensor;
  /** The logarithms, up to a constant, of the classes' probabilities: [batch, classes], owned by the caller. As features. */
  readonly logits: (params: P, x: Tensor) => Tensor;
};

/**
 * A small convolutional classifier: 3x3 convolutions, each followed by group normalisation and SiLU and each but the first
 * halving the image, then a hidden layer and one linear layer to the classes.
 * @throws RangeError where the configuration does not fit together
 */
export const classifier = (config: ClassifierConfig): Classifier<ClassifierTree<Tensor>> => {
  const resolved = resolveClassifier(config);
  const { height, width, channels, groups } = resolved;
  const convolved = (params: ClassifierTree<Tensor>, x: Tensor): Tensor => {
    if (x.rank !== 4 || x.shape.slice(1).join() !== [height, width, channels].join())
      throw new RangeError(
        `classifier: x must have the shape [batch, ${height}, ${width}, ${channels}], got [${x.shape.join(", ")}]`,
      );
    return params.layers.reduce(
      (h, { conv: { weight, bias }, norm }, i) =>
        normSilu(norm, ops.add(conv(weight, h, i === 0 ? 1 : 2), bias), { groups, eps: 1e-6 }),
      x,
    );
  };
  return {
    init: (key) => classifierTree(draw(key), resolved),
    features: (params, x) => own(() => ops.mean(convolved(params, x), [1, 2])),
    logits: (params, x) =>
      own(() => {
        const flat = ops.reshape(convolved(params, x), [x.shape[0]!, -1]);
        return linear(params.head, silu(linear(params.hidden, flat)));
      }),
  };
};
