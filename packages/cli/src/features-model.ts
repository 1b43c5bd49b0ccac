import { ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { readModel, readModelWeights } from "@nonmarkov/checkpoint/node";
import { jit } from "@nonmarkov/engine";
import { classifier } from "@nonmarkov/nets";
import { z } from "zod";
import {
  type ClassifierAbout,
  classifierAbout,
  type ClassifierModelConfig,
  classifierConfig,
} from "./classifier-config.ts";
import { type Rows, sliceRows } from "./pictures/rows.ts";
import { paramsOf } from "./trained.ts";
import { weightsHash } from "./weights-hash.ts";

/** A network that turns images into features, ready to be used. */
export type FeaturesModel = {
  readonly config: ClassifierModelConfig;
  /** Features of an image. */
  readonly d: number;
  readonly about: ClassifierAbout;
  /** SHA-256 of the weights' bytes and the configuration. */
  readonly sha256: string;
  /** The features of images, [n, d] row-major. */
  readonly featuresOf: (images: Rows) => Promise<Float32Array>;
  /** The probabilities of the classes, [n, config.classes] row-major. */
  readonly probabilitiesOf: (images: Rows) => Promise<Float32Array>;
  /** Frees the weights. */
  readonly dispose: () => void;
};

const parse = z.object({ config: classifierConfig, about: classifierAbout });

/** All batches have this size, whatever is asked for: the features of an image do not depend on it, and kernels are recorded once. */
const batch = 128;

/**
 * Opens a model folder written by `nonmarkov train-features`, on the running backend.
 * @throws FileError, FormatError if it is missing, damaged or another kind of model
 */
export const openFeatures = async (dir: string): Promise<FeaturesModel> => {
  const { config, about } = await readModel(dir, parse.parse);
  const { kind: _, ...numbers } = config;
  const net = classifier(numbers);
  const entries = await readModelWeights(dir);
  const params = paramsOf(net, { entries, path: `${dir}/model.safetensors` });
  const shape = [config.height, config.width, config.channels];
  const d = config.widths.at(-1)!;
  const size = shape.reduce((a, b) => a * b, 1);
  const evaluator = (evaluate: (x: Tensor) => Tensor, width: number) => async (images: Rows) => {
    const out = new Float32Array(images.n * width);
    for (let first = 0; first < images.n; first += batch) {
      const count = Math.min(batch, images.n - first);
      const padded = new Float32Array(batch * size);
      padded.set(sliceRows(images, first, count).data);
      const y = own(() => evaluate(ops.tensor(padded, [batch, ...shape])));
      out.set((await y.data()).subarray(0, count * width), first * width);
      y.dispose();
    }
    return out;
  };
  const featuresOf = evaluator(
    jit((x: Tensor) => net.features(params, x)),
    d,
  );
  const probabilitiesOf = evaluator(
    jit((x: Tensor) => ops.softmax(net.logits(params, x))),
    config.classes,
  );
  return {
    config,
    d,
    about,
    sha256: weightsHash(config, entries),
    featuresOf,
    probabilitiesOf,
    dispose: () => treeDispose(params),
  };
};
