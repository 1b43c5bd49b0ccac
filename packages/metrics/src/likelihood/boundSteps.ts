import { everyT, explicitTau, maxSigma, moveBeta, posterior, type Schedule, sigmaEta } from "@nonmarkov/schedule";

/** Which process a variational bound is of. */
export type BoundProcess = {
  /** The indices that it visits, ascending in 1..T; default all. */
  readonly tau?: readonly number[];
} & (
  | {
      /** The fresh noise of every move as in (16), default 1, the Markovian process of DDPM. Above 0. */
      readonly eta?: number;
      /**
       * The decoder's standard deviation, above 0; default the noise of the move tau_2 -> tau_1, as usual, since that of the last
       * move is 0. Where tau_1 is far from clean beside the move tau_2 -> tau_1, sqrt(1 - alphaBar[tau_1]) fits better.
       */
      readonly decoderSigma?: number;
      /** Left out where eta is given. */
      readonly sigmas?: never;
    }
  | {
      /**
       * T + 1 entries, entry t the noise of the move that starts at t, above 0 and admissible; that of tau_1 is the
       * decoder's standard deviation, any positive number. Others are not read.
       */
      readonly sigmas: readonly number[];
      /** Left out where sigmas are given. */
      readonly eta?: never;
      /** Left out where sigmas are given. */
      readonly decoderSigma?: never;
    }
);

/**
 * One move t -> s of a variational bound, as float64 numbers: q(x_s | x_t, x0) has the mean x0Coef·x0 + xtCoef·x_t and the
 * model puts its predicted x0 there. At s = 0 the mean is x0, and the term is the decoder's.
 */
export type BoundStep = {
  /** Where the move starts, 1..T. */
  readonly t: number;
  /** Where it ends, 0..t-1. */
  readonly s: number;
  /** alphaBar[t]. */
  readonly alphaBarT: number;
  /** alphaBar[s]. */
  readonly alphaBarS: number;
  /** Factor of x0 in the mean. */
  readonly x0Coef: number;
  /** Factor of x_t in the mean. */
  readonly xtCoef: number;
  /** The log of the variance of q(x_s | x_t, x0); at s = 0 of the decoder's. */
  readonly logVariance: number;
  /** log(1 - alphaBarT/alphaBarS), the log-variance of the large choice, sigma-hat squared. */
  readonly logBeta: number;
};

const where = "boundSteps";

const checkSigma = (sigma: number, t: number, s: number): number => {
  if (!(sigma > 0 && sigma < Infinity))
    throw new RangeError(
      `${where}: the noise of the move ${t} -> ${s} must be above 0, got ${sigma}; the bound is infinite without noise, take eta > 0`,
    );
  return sigma;
};

/**
 * The terms of the variational bound (11) of any member of the family, on any sub-sequence, from the noisiest move to the
 * decoder. Plain numbers, to be printed or compared.
 * @throws RangeError if tau is not ascending in 1..T, sigmas does not have T + 1 entries, a noise is 0 or not admissible, or
 * tau has one entry and the decoder's noise is not given
 */
export const boundSteps = (schedule: Schedule, process: BoundProcess = {}): readonly BoundStep[] => {
  const { T, alphaBar } = schedule;
  const tau = process.tau === undefined ? everyT(T) : explicitTau(process.tau, T);
  const { eta = 1, decoderSigma, sigmas } = process;
  if (sigmas !== undefined && (process.eta !== undefined || decoderSigma !== undefined))
    throw new RangeError(`${where}: eta or sigmas must be given alone, got both; sigmas[tau_1] is the decoder's`);
  if (sigmas !== undefined && sigmas.length !== T + 1)
    throw new RangeError(`${where}: sigmas must have T + 1 = ${T + 1} entries, got ${sigmas.length}; index them by t`);
  const first = tau[0]!;
  const decoder = (): number => {
    if (sigmas !== undefined) return sigmas[first]!;
    if (decoderSigma !== undefined) return decoderSigma;
    if (tau[1] === undefined)
      throw new RangeError(`${where}: decoderSigma must be given where tau has one entry, got none; choose it`);
    return Math.min(sigmaEta(alphaBar[tau[1]]!, alphaBar[first]!, eta), maxSigma(alphaBar[first]!));
  };
  return tau
    .map((t, i): BoundStep => {
      const s = tau[i - 1] ?? 0;
      const [alphaBarT, alphaBarS] = [alphaBar[t]!, alphaBar[s]!];
      const noise = sigmas === undefined ? { eta } : { sigma: sigmas[t]! };
      const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, s, ...(s === 0 ? { sigma: 0 } : noise) });
      const logVariance = 2 * Math.log(checkSigma(s === 0 ? decoder() : sigma, t, s));
      const logBeta = Math.log(moveBeta(alphaBarT, alphaBarS));
      return { t, s, alphaBarT, alphaBarS, x0Coef, xtCoef, logVariance, logBeta };
    })
    .reverse();
};
