import { pairedTensor, rescaleGuidanceTensor, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import { denoiserOf, labelTensor } from "@nonmarkov/nets";
import { classifierFree, type Denoiser } from "@nonmarkov/samplers";
import type { Guidance } from "./guidance.ts";
import type { OutsideNetwork } from "./outside-network.ts";
import type { Trained } from "./trained.ts";

/** A network that samples are drawn with. */
export type DrawnNetwork = Pick<Trained, "net" | "params" | "config"> | Pick<OutsideNetwork, "denoiser" | "config">;

/** The denoiser of one batch. */
export type BatchDenoiser = {
  readonly denoiser: Denoiser<Tensor>;
  /** Frees the labels that it is told. */
  readonly dispose: () => void;
};

/** What {@link batchDenoiser} makes a denoiser of. */
export type BatchDenoiserOptions = {
  readonly trained: DrawnNetwork;
  /** The class of each row, for networks that know classes. */
  readonly labels: readonly number[] | undefined;
  readonly guidance?: Guidance | undefined;
};

/**
 * A network told the classes of a batch, and guided where asked for: then it is evaluated with and without them in one
 * batch of twice the size.
 */
export const batchDenoiser = ({ trained, labels, guidance }: BatchDenoiserOptions): BatchDenoiser => {
  const { classes } = trained.config.net;
  const told = labels === undefined || classes === 0 ? undefined : labels;
  if ("denoiser" in trained) {
    const tensor = told && labelTensor(told, classes);
    return { denoiser: trained.denoiser(tensor), dispose: () => tensor?.dispose() };
  }
  const made: Tensor[] = [];
  const evaluate = (known: readonly number[] | undefined) => {
    const tensor = known && labelTensor(known, classes);
    if (tensor !== undefined) made.push(tensor);
    return denoiserOf(trained.net, trained.params, tensor);
  };
  const dispose = (): void => made.forEach((tensor) => tensor.dispose());
  if (guidance === undefined || told === undefined) return { denoiser: evaluate(told), dispose };
  const none = told.map(() => -1);
  const { scale, rescale } = guidance;
  const denoiser = classifierFree<Tensor>({
    conditional: evaluate(told),
    unconditional: evaluate(none),
    both: pairedTensor(evaluate([...told, ...none])),
    scale,
    space: tensorSpace,
    ...(rescale === 0 ? {} : { rescale: rescaleGuidanceTensor(rescale) }),
  });
  return { denoiser, dispose };
};
