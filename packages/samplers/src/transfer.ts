import { exponentialStep } from "./exponentialStep.ts";

/** How a state and the noise in it move on: x_s = x·x_t + eps·eps'. */
export type Transfer = {
  /** Coefficient of x_t. */
  readonly x: number;
  /** Coefficient of the noise. */
  readonly eps: number;
};

/**
 * The transfer part of PNDM (arXiv 2202.09778, section 3), which is DDIM's move, eq. (12) at eta = 0, in x and eps.
 * @throws RangeError from alphaBar = 0, where x says nothing of the data
 */
export const transfer = (where: string, alphaBarT: number, alphaBarS: number): Transfer => {
  const { carry, moment } = exponentialStep(where, "dpmsolver", { t: 0, s: 0, alphaBarT, alphaBarS });
  if (!Number.isFinite(carry))
    throw new RangeError(
      `${where}: alphaBar must be > 0 where the first moves start, got ${alphaBarT}; take ipndm or dpmSolverMultistep, which can start from 0`,
    );
  return { x: carry, eps: moment(0) };
};
