/** 1 - abT / abS without the cancelling subtraction: the variance that a move adds on its way from s to t. */
export const moveBeta = (abT: number, abS: number): number => (abS - abT) / abS;

/**
 * Fresh noise of one move t -> s, eq. (16): eta sqrt((1-abS)/(1-abT)) sqrt(1 - abT/abS). eta = 0 is DDIM, eta = 1 DDPM with
 * the small variance (Ho's posterior).
 * @param abT alphaBar[t], at most abS
 * @param abS alphaBar[s], above 0
 */
export const sigmaEta = (abT: number, abS: number, eta: number): number =>
  abT === abS ? 0 : eta * Math.sqrt(((1 - abS) / (1 - abT)) * moveBeta(abT, abS));

/** Fresh noise of DDPM with the large variance, the paper's sigma-hat: sqrt(1 - abT/abS). */
export const sigmaHat = (abT: number, abS: number): number => Math.sqrt(moveBeta(abT, abS));

/** The most fresh noise that a move to s can have: sigma^2 <= 1 - abS. */
export const maxSigma = (abS: number): number => Math.sqrt(1 - abS);

/**
 * sqrt(1 - abS - sigmaEta^2), the factor of eps in (12), without a cancelling subtraction: up to eta = 1 by the ratio of the
 * signal-to-noise ratios, which may be tiny; above, where that ratio is near 1 and eta may be large, by sigma itself.
 * @returns NaN where eta is so large that sigma is not admissible
 */
export const epsEta = (abT: number, abS: number, eta: number): number => {
  if (abT === abS) return Math.sqrt(1 - abS);
  if (eta <= 1)
    return Math.sqrt((1 - abS) * ((1 - eta) * (1 + eta) + (eta * eta * abT * (1 - abS)) / (abS * (1 - abT))));
  const sigma = sigmaEta(abT, abS, eta);
  return Math.sqrt((maxSigma(abS) - sigma) * (maxSigma(abS) + sigma));
};
