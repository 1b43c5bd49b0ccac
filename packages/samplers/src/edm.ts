import { indexAt, noiseToSignal } from "@nonmarkov/schedule";
import { checkChoice } from "./checkChoice.ts";
import { eulerStep } from "./eulerStep.ts";
import { eulerRow, heunRows } from "./heunRows.ts";
import { moves, type Move } from "./moves.ts";
import { noiseRow } from "./noiseRow.ts";
import { odeRow } from "./odeRow.ts";
import type { Planner, Row } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/** The settings of {@link edm}, S_churn, S_min, S_max and S_noise in the paper. */
export type EdmOptions = {
  /** How much noise the whole path adds: each move raises sigma by the factor 1 + min(churn/moves, √2 - 1); default 0. */
  readonly churn?: number;
  /** The least sigma that is raised, default 0. */
  readonly sMin?: number;
  /** The largest sigma that is raised, default Infinity. */
  readonly sMax?: number;
  /** A factor of the added noise, default 1; slightly above makes up for what networks remove too much. */
  readonly noise?: number;
  /** Evaluations per move: 2 is Heun's method, 1 Euler's; default 2. */
  readonly order?: 1 | 2;
  /**
   * Where a raised move is evaluated: "raised" is the paper's, on the noisier x; "stop" is before the noise is added, on x_t
   * itself, as diffusers' Euler does (there eps keeps its value, so it is order 1, in eps, and makes no use of x0).
   * Default "raised".
   */
  readonly evaluateAt?: "raised" | "stop";
};

const check = ({ churn, sMin, sMax, noise, order, evaluateAt }: Required<EdmOptions>): void => {
  if (!(churn >= 0 && churn < Infinity)) throw new RangeError(`edm: churn must be >= 0 and finite, got ${churn}`);
  if (!(sMin >= 0 && sMin <= sMax)) throw new RangeError(`edm: 0 <= sMin <= sMax must hold, got ${sMin} and ${sMax}`);
  if (!(noise > 0 && noise < Infinity))
    throw new RangeError(`edm: noise must be > 0 and finite, got ${noise}; for none set churn to 0`);
  checkChoice("edm", "order", order, [1, 2]);
  checkChoice("edm", "evaluateAt", evaluateAt, ["raised", "stop"]);
  if (evaluateAt === "stop" && order !== 1)
    throw new RangeError(
      `edm: evaluateAt "stop" must have order 1, got ${order}; Heun's method starts at the raised sigma`,
    );
};

/**
 * The stochastic sampler of EDM, arXiv 2206.00364, algorithm 2: each move first adds noise, which raises sigma, then follows
 * the ODE (14) from there by Heun's or Euler's method. Without churn it is `heun`, or Euler's method in x0.
 * @throws RangeError if an option is out of its range, and, when planning, if tau is not a sub-sequence, churn meets
 * alphaBar = 0 or a move to noise, or alphaBar is 0 at an end of a move with two evaluations
 */
export const edm = ({
  churn = 0,
  sMin = 0,
  sMax = Infinity,
  noise = 1,
  order = 2,
  evaluateAt = "raised",
}: EdmOptions = {}): Planner => {
  check({ churn, sMin, sMax, noise, order, evaluateAt });
  const rowsOf = (move: Move): readonly Row[] =>
    order === 2
      ? heunRows("edm", move)
      : [evaluateAt === "stop" ? odeRow("edm", move, Math.max(move.t, 1), eulerStep) : eulerRow("edm", move)];
  return (schedule, path) => {
    const all = moves(schedule, path);
    const gamma = Math.min(churn / all.length, Math.SQRT2 - 1);
    const raised = (move: Move): readonly Row[] => {
      const { t, alphaBarT: abT, alphaBarS: abS } = move;
      const sigmaT = noiseToSignal(abT);
      if (gamma === 0 || sigmaT < sMin || sigmaT > sMax) return rowsOf(move);
      if (abT === 0)
        throw new RangeError(
          `edm: alphaBar must be > 0 where noise is added, got 0 at t = ${t}; set sMax, or start at a large finite sigma`,
        );
      const alphaBar = abT / (abT + (1 + gamma) ** 2 * (1 - abT));
      // clean data, and a factor too near to 1 to be told from it, are not raised
      if (alphaBar >= abT) return rowsOf(move);
      const hat = { t: indexAt(schedule, alphaBar), alphaBarT: alphaBar };
      const up = noiseRow({ t, alphaBarT: abT, s: hat.t, alphaBarS: alphaBar }, noise);
      if (evaluateAt === "raised") return [up, ...rowsOf({ ...move, ...hat })];
      const row = odeRow("edm", move, Math.max(t, 1), (_, at) => eulerStep(move, at) - gamma * sigmaT);
      return [{ ...row, sigma: Math.sqrt(abS / alphaBar) * up.sigma }];
    };
    return {
      name: `edm(churn=${churn}, order=${order})`,
      rows: (gamma > 0 ? towardsData("edm", all) : all).flatMap(raised),
    };
  };
};
