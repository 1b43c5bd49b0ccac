import type { Preconditioning } from "./preconditioning.ts";

/**
 * The preconditioning of networks for variance-exploding processes (Song et al., arXiv 2011.13456): the network is shown
 * x = x0 + sigma·eps as it is, and answers -eps.
 */
export const vePreconditioning: Preconditioning = (sigma) => ({
  skip: 1,
  output: sigma,
  input: 1,
  noise: Math.log(sigma / 2),
});
