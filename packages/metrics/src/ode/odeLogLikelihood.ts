import { gaussianLogDensity } from "../likelihood/gaussianLogDensity.ts";
import { fromOutput, type Prediction } from "../prediction.ts";
import { checkLength, countRows, type Rows } from "../rows.ts";
import { alphaBarFromAngle, angle } from "./angle.ts";
import { integrate, type Rates } from "./integrate.ts";
import { rk4Tableau, type Tableau } from "./tableau.ts";
import type { TracedDenoiser } from "./tracedDenoiser.ts";

/** What {@link odeLogLikelihood} integrates, and how. */
export type OdeLogLikelihoodOptions = {
  /** The network and its trace; evaluated steps times the tableau's stages. */
  readonly denoiser: TracedDenoiser;
  /** Clean data, rows of dim numbers; borrowed. */
  readonly x0: Rows;
  /** Numbers per row. */
  readonly dim: number;
  /** How many steps to take. */
  readonly steps: number;
  /**
   * The squared signal level at which the data are put in, default 1: clean. A network knows no less noise than that of t = 1, so
   * start at alphaBar[1] with it: the result is the density of data with that little noise.
   */
  readonly from?: number;
  /** The squared signal level at which x is taken for N(0, I): alphaBar[T]. */
  readonly to: number;
  /** What the denoiser predicts, default "eps". At alphaBar 0 it must be "x0" or "v", at 1 not "x0". */
  readonly prediction?: Prediction;
  /** Default {@link rk4Tableau}, of order 4; {@link heunTableau} is of order 2. */
  readonly tableau?: Tableau;
  /**
   * The steps' ends are spaced evenly in the rho-th root of the angle ψ: 1 is even in ψ itself, more puts more steps where there is
   * little noise. Default 2.
   */
  readonly rho?: number;
  /** The log-density of rows at `to`, one number each, default that of N(0, I). */
  readonly logPrior?: (x: Float64Array) => Float64Array;
};

/** The log-density of data under a model's ODE, in nats. */
export type OdeLogLikelihood = {
  /** log p(x0), per row: the mean over the trace's estimates. */
  readonly logLikelihood: Float64Array;
  /** Its standard error from the trace's estimates, per row; undefined where there was only one (exact, or one probe). */
  readonly standardError: Float64Array | undefined;
  /** Where the rows arrive at `to`: their encoding. */
  readonly latent: Float64Array;
};

const where = "odeLogLikelihood";

const standardNormal =
  (dim: number) =>
  (x: Float64Array): Float64Array => {
    const logs = new Float64Array(x.length / dim);
    x.forEach((value, i) => (logs[Math.floor(i / dim)]! += gaussianLogDensity(value, 0, 0)));
    return logs;
  };

const check = ({ from = 1, to, steps, rho = 2, prediction = "eps" }: OdeLogLikelihoodOptions): void => {
  if (!(from <= 1 && from > to && to >= 0))
    throw new RangeError(
      `${where}: from and to must be signal levels, 1 >= from > to >= 0, got ${from} and ${to}; data come first`,
    );
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`${where}: steps must be an integer >= 1, got ${steps}; try 50`);
  if (!(rho > 0 && rho < Infinity))
    throw new RangeError(`${where}: rho must be above 0, got ${rho}; leave it out for 2`);
  for (const level of [from, to]) fromOutput(where, prediction, "v", level);
};

/** Mean and standard error of every row's estimates. */
const summarize = (estimates: Float64Array, count: number): { mean: Float64Array; error: Float64Array } => {
  const mean = new Float64Array(estimates.length / count);
  const error = new Float64Array(mean.length);
  for (let row = 0; row < mean.length; row++) {
    const own = estimates.subarray(row * count, (row + 1) * count);
    mean[row] = own.reduce((sum, value) => sum + value, 0) / count;
    const squares = own.reduce((sum, value) => sum + (value - mean[row]!) ** 2, 0);
    error[row] = Math.sqrt(squares / (count * (count - 1)));
  }
  return { mean, error };
};

/**
 * The exact log-density of data under the model that DDIM's ODE (14) makes of a network: log p(x0) = log N(x_T; 0, I) plus the
 * integral of the flow's divergence from data to noise. In x and the angle ψ, cos ψ = √alphaBar, the ODE is dx/dψ = v: regular at both
 * ends, and v = 0 for data ~ N(0, I). A Runge-Kutta method takes a fixed number of steps; the error falls with its order.
 *
 * From alphaBar = `from` below 1 on, the density is that of x/√alphaBar. For bits per dimension of 8-bit data see `dequantize` and
 * `bitsPerDim`.
 * @throws RangeError if the levels are not 1 >= from > to >= 0, the prediction does not determine v there, steps or rho is out of
 * range, the data are not whole, finite rows, or the denoiser's answer does not fit
 */
export const odeLogLikelihood = async (options: OdeLogLikelihoodOptions): Promise<OdeLogLikelihood> => {
  check(options);
  const { denoiser, dim, steps, from = 1, to, prediction = "eps", tableau = rk4Tableau, rho = 2 } = options;
  const { logPrior = standardNormal(dim) } = options;
  const rows = countRows(where, "x0", options.x0, dim);

  const [first, last] = [angle(from) ** (1 / rho), angle(to) ** (1 / rho)];
  const grid = Array.from({ length: steps + 1 }, (_, i) => (first + (i / steps) * (last - first)) ** rho);
  const rate = async (x: Float64Array, psi: number): Promise<Rates> => {
    const alphaBar = Math.min(from, Math.max(to, alphaBarFromAngle(psi)));
    const { output, traces } = await denoiser(x, alphaBar);
    checkLength(where, "the denoiser's output", output, x.length);
    if (traces.length === 0 || traces.length % rows !== 0)
      throw new RangeError(
        `${where}: the denoiser must give as many traces for each of ${rows} rows, got ${traces.length}; see TracedOutput`,
      );
    const [fromX, fromOut] = fromOutput(where, prediction, "v", alphaBar);
    return {
      x: x.map((value, i) => fromX * value + fromOut * output[i]!),
      logs: traces.map((trace) => dim * fromX + fromOut * trace),
    };
  };
  const start = Float64Array.from(options.x0, (value) => Math.sqrt(from) * value);
  const { x: latent, logs } = await integrate(tableau, rate, start, grid);

  const { mean, error } = summarize(logs, logs.length / rows);
  const atPrior = logPrior(latent);
  checkLength(where, "logPrior's result", atPrior, rows);
  return {
    logLikelihood: mean.map((volume, row) => atPrior[row]! + volume + (dim / 2) * Math.log(from)),
    standardError: logs.length > rows ? error : undefined,
    latent,
  };
};
