/** How a network F makes clean data, D(x) = skip·x + output·F(input·x, noise), x = x0 + sigma·noise. */
export type Preconditioner = {
  /** c_skip: how much of x is passed by the network. */
  readonly skip: number;
  /** c_out: the factor of what the network answers. */
  readonly output: number;
  /** c_in: the factor of what the network is shown. */
  readonly input: number;
  /** c_noise: how the network is told the noise level. */
  readonly noise: number;
};

/**
 * A column of table 1 of Karras et al. (EDM, arXiv 2206.00364): the preconditioner at a noise level.
 * @param sigma the noise's standard deviation where the data are not scaled down, √((1 - alphaBar)/alphaBar), above 0
 * @param t the schedule's index of that level
 */
export type Preconditioning = (sigma: number, t: number) => Preconditioner;
