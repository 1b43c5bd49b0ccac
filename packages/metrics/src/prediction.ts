/**
 * What a network's output means, where x = √a·x0 + √(1-a)·eps and a = alphaBar: the noise eps, the clean data x0,
 * v = √a·eps - √(1-a)·x0, or score = -eps/√(1-a).
 */
export type Prediction = "eps" | "x0" | "v" | "score";

/** A linear function of the state and the network's output: the coefficients of both. */
type Coefs = readonly [x: number, output: number];

/** x0, and v = dx/dψ at the angle ψ with cos ψ = √a, sin ψ = √(1-a), from an output; c = cos ψ, s = sin ψ. */
const table: { readonly [P in Prediction]: { readonly x0: Rule; readonly v: Rule } } = {
  eps: { x0: (c, s) => [1 / c, -s / c], v: (c, s) => [-s / c, 1 / c] },
  x0: { x0: () => [0, 1], v: (c, s) => [c / s, -1 / s] },
  v: { x0: (c, s) => [c, -s], v: () => [0, 1] },
  score: { x0: (c, s) => [1 / c, (s * s) / c], v: (c, s) => [-s / c, -s / c] },
};
type Rule = (c: number, s: number) => Coefs;

/**
 * The coefficients of x and of a network's output in x0 or v.
 * @throws RangeError if the output does not determine it at this alphaBar, or the prediction is none of the four
 */
export const fromOutput = (where: string, prediction: Prediction, to: "x0" | "v", alphaBar: number): Coefs => {
  if (!Object.hasOwn(table, prediction))
    throw new RangeError(
      `${where}: prediction must be "eps", "x0", "v" or "score", got ${JSON.stringify(prediction)}; convert the output`,
    );
  const coefs = table[prediction][to](Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
  if (!coefs.every(Number.isFinite))
    throw new RangeError(
      `${where}: prediction "${prediction}" must determine ${to}, got alphaBar = ${alphaBar}; predict v, which fits both ends, or keep off this one`,
    );
  return coefs;
};
