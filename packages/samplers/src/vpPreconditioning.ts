import type { Preconditioning } from "./preconditioning.ts";

/**
 * The preconditioning of networks that predict eps from x_t, as in DDPM, and are told an index.
 * @param noise what the network is told, default t itself; `(t) => t - 1` for networks that count from 0
 */
export const vpPreconditioning =
  (noise: (t: number) => number = (t) => t): Preconditioning =>
  (sigma, t) => ({ skip: 1, output: -sigma, input: 1 / Math.hypot(1, sigma), noise: noise(t) });
