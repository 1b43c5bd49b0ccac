import { type Tensor, type Tree, ops, own, stopGradient } from "@nonmarkov/autodiff";
import { moveBeta, posterior, sigmaEta } from "@nonmarkov/schedule";
import { conversion } from "./conversion.ts";
import { diffusionExamples } from "./diffusionExamples.ts";
import type { Batch, DiffusionExamples, DiffusionLossOptions } from "./diffusionLoss.ts";
import type { Loss } from "./loss.ts";

/** What {@link hybridLoss} is made of. */
export type HybridLossOptions<P extends Tree> = DiffusionLossOptions<P> & {
  /**
   * What the second half of the network's channels means: the log-variance itself ("learned"), or where it lies between the
   * logarithms of the small (-1) and the large variance (1): "range", the default.
   */
  readonly variance?: "learned" | "range";
  /** How much the variational bound counts beside the simple loss, default 0.001. */
  readonly boundWeight?: number;
  /** How many levels between -1 and 1 the data have: 256 for bytes, the default; Infinity for continuous data. */
  readonly levels?: number;
};

/** What {@link hybridLoss} makes of a batch. */
export type HybridExamples = DiffusionExamples & {
  /** The clean rows, float32 [batch, ...dims]. */
  readonly x0: Tensor;
  /** The numbers of each row's term of the bound, float32 [6, batch, 1, ...]. */
  readonly numbers: Tensor;
};

/** log of the standard normal distribution function's increase from a to b; as small as a probability in float32 gets. */
const logMass = (a: Tensor, b: Tensor): Tensor => {
  const erfs = ops.sub(ops.erf(ops.mul(b, Math.SQRT1_2)), ops.erf(ops.mul(a, Math.SQRT1_2)));
  return ops.log(ops.maximum(ops.mul(erfs, 0.5), 1e-12));
};

/** -log p(x0) of the decoder, Ho eq. (13): the mass of the bin around x0, or where data are continuous the density. */
const decoderNats = (x0: Tensor, mean: Tensor, logVariance: Tensor, levels: number): Tensor => {
  const precision = ops.exp(ops.mul(logVariance, -0.5));
  const error = ops.sub(x0, mean);
  if (levels === Infinity) {
    const square = ops.square(ops.mul(error, precision));
    return ops.mul(ops.add(ops.add(square, logVariance), Math.log(2 * Math.PI)), 0.5);
  }
  const half = 1 / (levels - 1);
  const far = 1e3; // a distance in standard deviations, instead of infinity
  const low = ops.where(ops.less(x0, half - 1), ops.fill(x0.shape, -far), ops.mul(ops.sub(error, half), precision));
  const high = ops.where(ops.greater(x0, 1 - half), ops.fill(x0.shape, far), ops.mul(ops.add(error, half), precision));
  return ops.neg(logMass(low, high));
};

/** The names of the numbers that a row's term of the bound is made of. */
const names = ["fromXt", "fromOutput", "x0Coef", "small", "large", "isLast"] as const;

/** What the term of each t = 1..T needs; entry 0 is never read. */
const boundNumbers = ({
  schedule,
  prediction = "eps",
}: Pick<DiffusionLossOptions<Tree>, "schedule" | "prediction">): readonly Readonly<
  Record<(typeof names)[number], number>
>[] =>
  schedule.alphaBar.map((abT, t) => {
    if (t === 0) return { fromXt: 0, fromOutput: 0, x0Coef: 0, small: 0, large: 0, isLast: 0 };
    const large = Math.log(moveBeta(abT, schedule.alphaBar[t - 1]!));
    // the posterior of the last move has no variance: the one before stands in for it
    const from = Math.max(2, t);
    const [abFrom, abTo] = [schedule.alphaBar[from], schedule.alphaBar[from - 1]!];
    const small = abFrom === undefined ? large : 2 * Math.log(sigmaEta(abFrom, abTo, 1));
    if (!Number.isFinite(large) || !Number.isFinite(small))
      throw new RangeError(
        `hybridLoss: every step must add noise, but alphaBar[${t}] = ${abT} follows ${schedule.alphaBar[t - 1]}`,
      );
    const { xt: fromXt, output: fromOutput } = conversion(prediction, "x0", abT);
    const { x0Coef } = posterior(schedule, { t, eta: 1 });
    return { fromXt, fromOutput, x0Coef, small, large, isLast: t === 1 ? 1 : 0 };
  });

/**
 * The hybrid loss of a network that answers with its variance too, in twice the channels (Nichol and Dhariwal, arXiv
 * 2102.09672, eqs. (15) and (16)):
 *
 *     L_simple + boundWeight · T · mean over rows of the bound's term at t,
 *
 * L_simple as in `diffusionLoss`, for the first half of the channels, and the term in bits per entry: the KL divergence
 * between q(x_{t-1} | x_t, x0) and the model's Gaussian, at t = 1 the negative log-likelihood of x0. From the bound only
 * the variance learns: its derivative by the prediction is stopped. Sample with `ddpm({ variance: "learned" })`.
 * @throws RangeError as `diffusionLoss`; if variance, boundWeight or levels is none, a step adds no noise, or the prediction
 *   does not determine x0 at all t; in `evaluate`, unless the output has twice the channels of its input
 */
export const hybridLoss = <P extends Tree>(options: HybridLossOptions<P>): Loss<P, Batch, HybridExamples> => {
  const { net, variance = "range", boundWeight = 0.001, levels = 256, ...diffusion } = options;
  const { schedule, shape, prediction = "eps" } = diffusion;
  if (variance !== "learned" && variance !== "range")
    throw new RangeError(`hybridLoss: variance must be "learned" or "range", got ${JSON.stringify(variance)}`);
  if (!(boundWeight >= 0 && boundWeight < Infinity))
    throw new RangeError(`hybridLoss: boundWeight must be at least 0 and finite, got ${boundWeight}`);
  if (!(levels === Infinity || (Number.isInteger(levels) && levels >= 2)))
    throw new RangeError(`hybridLoss: levels must be an integer of at least 2 or Infinity, got ${levels}`);
  const examplesOf = diffusionExamples("hybridLoss", diffusion);
  const numbersAt = boundNumbers({ schedule, prediction });
  return {
    prepare: (batch, key) =>
      own(() => {
        const { t, examples } = examplesOf(batch, key);
        const numbers = names.flatMap((name) => Array.from(t, (index) => numbersAt[index]![name]));
        return {
          ...examples,
          x0: ops.tensor(batch.x, [batch.size, ...shape]),
          numbers: ops.tensor(numbers, [names.length, batch.size, ...shape.map(() => 1)]),
        };
      }),
    evaluate: (params, { xt, t, target, weights, labels, x0, numbers }) =>
      own(() => {
        const output = net.apply(params, xt, t, labels);
        const [channels, axis] = [xt.shape.at(-1)!, xt.rank - 1];
        const wanted = [...xt.shape.slice(0, axis), 2 * channels];
        if (output.shape.join() !== wanted.join())
          throw new RangeError(
            `hybridLoss: the network's output must have twice the channels of its input, [${wanted.join()}], ` +
              `got [${output.shape.join()}]`,
          );
        const [predicted, values] = ops.split(output, 2, axis) as [Tensor, Tensor];
        const [fromXt, fromOutput, x0Coef, small, large, isLast] = ops.unstack(numbers) as Tensor[];
        const perRow = (x: Tensor): Tensor => ops.sum(ops.reshape(x, [xt.shape[0]!, -1]), 1);
        const simple = ops.sum(ops.mul(perRow(ops.square(ops.sub(predicted, target))), weights));

        const half = ops.mul(ops.sub(large!, small!), 0.5);
        const logVariance = variance === "learned" ? values : ops.add(ops.mul(ops.add(values, 1), half), small!);
        const model = stopGradient(ops.add(ops.mul(xt, fromXt!), ops.mul(predicted, fromOutput!)));
        const difference = ops.sub(small!, logVariance);
        const shift = ops.mul(ops.square(ops.mul(ops.sub(model, x0), x0Coef!)), ops.exp(ops.neg(logVariance)));
        const kl = ops.mul(ops.add(ops.sub(ops.expm1(difference), difference), shift), 0.5);
        const last = decoderNats(x0, model, logVariance, levels);
        const term = ops.where(ops.greater(isLast!, 0.5), last, kl);
        return ops.add(simple, ops.mul(ops.mean(term), (boundWeight * schedule.T) / Math.LN2));
      }),
  };
};
