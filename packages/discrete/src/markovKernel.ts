import type { Kernel } from "./marginal.ts";
import type { Move } from "./moves.ts";

/** One step s → t of multinomial diffusion, q(x_t|x_s): x_s is kept with probability alphaBarT/alphaBarS, else drawn anew. */
export const markovKernel = (
  { alphaBarT, alphaBarS }: Pick<Move, "alphaBarT" | "alphaBarS">,
  classes: number,
): Kernel => {
  const drawn = (alphaBarS - alphaBarT) / alphaBarS / classes;
  return (xt, xs) => (xt === xs ? alphaBarT / alphaBarS + drawn : drawn);
};
