import { fillNormal, foldIn, type Key, split } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { countRows, type Rows } from "../rows.ts";
import { type BoundProcess, type BoundStep, boundSteps } from "./boundSteps.ts";
import { boundTerm } from "./boundTerm.ts";
import type { LogLikelihood } from "./logLikelihood.ts";
import { priorKl } from "./priorKl.ts";
import { type DenoiserOutput, reverseGaussian, type ReverseGaussianOptions } from "./reverseGaussian.ts";
import { drawStrata, estimateSum } from "./strata.ts";

/**
 * A network on rows: all rows of x at the index t in 1..T. Borrows x. `atIndex(exact.eps, schedule.alphaBar)` is one;
 * {@link onRows} makes one of a network on tensors.
 */
export type RowDenoiser = (x: Float64Array, t: number) => DenoiserOutput | Promise<DenoiserOutput>;

/** What {@link variationalBound} is of, and how it is estimated. */
export type VariationalBoundOptions = BoundProcess &
  ReverseGaussianOptions & {
    /** The noise levels. */
    readonly schedule: Schedule;
    /** The network, evaluated once per term for all rows. */
    readonly denoiser: RowDenoiser;
    /** Clean data, rows of dim numbers; borrowed. */
    readonly x0: Rows;
    /** Numbers per row. */
    readonly dim: number;
    /** Chooses the noise (the same for a row and t, whatever else is evaluated) and the subset. */
    readonly key: Key;
    /** The index of the first row, default 0: shards of a batch draw the noise of the whole. */
    readonly firstIndex?: number;
    /** The log-likelihood of x0 in the last term, default that of 256 levels: `discretizedGaussian()`. */
    readonly decoder?: LogLikelihood;
    /**
     * How many of the KL terms to evaluate, default all. An even number: the moves are divided into terms/2 runs, shorter where
     * the terms are large, and two of each are drawn, the same for all rows.
     */
    readonly terms?: number;
  };

/** A sum with the standard error that comes from leaving out terms: 0 where all were evaluated. */
export type Estimate = {
  /** The estimate. */
  readonly value: number;
  /** Its standard error. */
  readonly standardError: number;
};

/** A variational bound of -log p(x0), in nats; see `bitsPerDim`. */
export type VariationalBound = {
  /** KL(q(x_T | x0) || N(0, I)), per row. */
  readonly prior: Float64Array;
  /** The terms that were evaluated, from the noisiest; the decoder's is the last, with s = 0. */
  readonly terms: readonly {
    /** Where the move starts. */
    readonly t: number;
    /** Where it ends. */
    readonly s: number;
    /** The term, per row. */
    readonly nats: Float64Array;
  }[];
  /** The bound, per row: the prior and all terms, those left out being estimated. */
  readonly total: readonly Estimate[];
  /**
   * The mean of the bound over the rows. As a row's, its standard error is about the terms that were left out alone, not about
   * other data or noise.
   */
  readonly mean: Estimate;
};

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const noised = (x0: Rows, { t, alphaBarT }: BoundStep, dim: number, key: Key, firstIndex: number): Float64Array => {
  const xt = new Float64Array(x0.length);
  for (let row = 0; row * dim < x0.length; row++)
    fillNormal(foldIn(foldIn(key, t), firstIndex + row), xt, row * dim, dim);
  return xt.map((z, i) => Math.sqrt(alphaBarT) * x0[i]! + Math.sqrt(1 - alphaBarT) * z);
};

/** What a move would cost for unit Gaussian data and small steps: the fall of log(1 + SNR), the SNR being ab/(1 - ab). */
const weightOf = ({ alphaBarT, alphaBarS }: BoundStep): number => Math.log1p(-alphaBarT) - Math.log1p(-alphaBarS);

const checkTerms = (terms: number, kls: number): void => {
  if (!Number.isInteger(terms) || terms % 2 !== 0 || terms < 2 || terms > kls)
    throw new RangeError(
      `variationalBound: terms must be even and in 2..${kls}, the number of KL terms, got ${terms}; leave it out for all`,
    );
};

/**
 * The variational bound of -log p(x0), eq. (11), for any member of the family and any sub-sequence, term by term, with one
 * draw of x_t for each: KL(q(x_T|x0) || N(0, I)) + sum KL(q(x_s|x_t,x0) || p(x_s|x_t)) - log p(x0|x_{tau_1}).
 * Unbiased over keys, also where only some terms are evaluated.
 * @throws RangeError if the process has no bound (see `boundSteps`), the data are not whole, finite rows, the denoiser's
 * answer does not fit, or terms is odd or out of range
 */
export const variationalBound = async (options: VariationalBoundOptions): Promise<VariationalBound> => {
  const { schedule, denoiser, x0, dim, key, firstIndex = 0, decoder, terms } = options;
  const rows = countRows("variationalBound", "x0", x0, dim);
  const steps = boundSteps(schedule, options);
  const kls = steps.length - 1;
  if (terms !== undefined) checkTerms(terms, kls);
  const [noiseKey, termsKey] = split(key, 2) as [Key, Key];
  const strata = terms === undefined ? undefined : drawStrata(termsKey, steps.slice(0, kls).map(weightOf), terms);
  const wanted = strata === undefined ? undefined : new Set([...strata.flatMap(({ drawn }) => drawn), kls]);

  const prior = priorKl(schedule, x0, dim);
  const evaluated = new Map<number, VariationalBound["terms"][number]>();
  for (const [i, step] of steps.entries()) {
    if (wanted !== undefined && !wanted.has(i)) continue;
    const xt = noised(x0, step, dim, noiseKey, firstIndex);
    const model = reverseGaussian(step, xt, await denoiser(xt, step.t), options);
    const nats = boundTerm(step, { x0, xt, model, dim, ...(decoder === undefined ? {} : { decoder }) });
    evaluated.set(i, { t: step.t, s: step.s, nats });
  }

  const total = (of: (nats: Float64Array) => number): Estimate => {
    const value = (i: number): number => of(evaluated.get(i)!.nats);
    const { sum, variance } =
      strata === undefined
        ? { sum: steps.slice(0, kls).reduce((sum, _, i) => sum + value(i), 0), variance: 0 }
        : estimateSum(strata, value);
    return { value: of(prior) + sum + value(kls), standardError: Math.sqrt(variance) };
  };
  return {
    prior,
    terms: [...evaluated.values()],
    total: Array.from({ length: rows }, (_, row) => total((nats) => nats[row]!)),
    mean: total(meanOf),
  };
};
