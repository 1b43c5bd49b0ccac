import type { Prediction } from "./prediction.ts";

/** One prediction as a combination of x_t and another prediction: xt·x_t + output·output. */
export type Conversion = {
  /** Coefficient of x_t. */
  readonly xt: number;
  /** Coefficient of the network's output. */
  readonly output: number;
};

/**
 * How an output of one kind becomes another: `to = xt·x_t + output·from`, at signal power `alphaBar`. Each of the
 * sixteen pairs is written out, so that no coefficient comes from a difference of near numbers.
 * @param alphaBar in [0, 1]
 * @throws RangeError if alphaBar is outside of [0, 1], or the conversion does not exist there: from eps or score
 *   nothing is known of x0 and v at alphaBar = 0, from x0 nothing of the others at alphaBar = 1
 */
export const conversion = (from: Prediction, to: Prediction, alphaBar: number): Conversion => {
  if (!(alphaBar >= 0 && alphaBar <= 1))
    throw new RangeError(`conversion: alphaBar must be in [0, 1], got ${alphaBar}`);
  const made = table[from][to](Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
  if (!Number.isFinite(made.xt) || !Number.isFinite(made.output))
    throw new RangeError(
      `conversion: ${to} cannot be told from ${from} at alphaBar = ${alphaBar}; predict v, which fits both ends`,
    );
  return made;
};

/** s = sqrt(alphaBar), n = sqrt(1 - alphaBar); x_t = s x0 + n eps. */
type Rule = (s: number, n: number) => Conversion;

const same: Rule = () => ({ xt: 0, output: 1 });

const table: { readonly [F in Prediction]: { readonly [P in Prediction]: Rule } } = {
  eps: {
    eps: same,
    x0: (s, n) => ({ xt: 1 / s, output: -n / s }),
    v: (s, n) => ({ xt: -n / s, output: 1 / s }),
    score: (_, n) => ({ xt: 0, output: -1 / n }),
  },
  x0: {
    eps: (s, n) => ({ xt: 1 / n, output: -s / n }),
    x0: same,
    v: (s, n) => ({ xt: s / n, output: -1 / n }),
    score: (s, n) => ({ xt: -1 / (n * n), output: s / (n * n) }),
  },
  v: {
    eps: (s, n) => ({ xt: n, output: s }),
    x0: (s, n) => ({ xt: s, output: -n }),
    v: same,
    score: (s, n) => ({ xt: -1, output: -s / n }),
  },
  score: {
    eps: (_, n) => ({ xt: 0, output: -n }),
    x0: (s, n) => ({ xt: 1 / s, output: (n * n) / s }),
    v: (s, n) => ({ xt: -n / s, output: -n / s }),
    score: same,
  },
};
