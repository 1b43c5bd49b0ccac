import { outputMap } from "./outputMap.ts";
import type { Run } from "./run.ts";
import type { Row } from "./table.ts";

const isUsed = (coefs: readonly number[]): boolean => coefs.some((c) => c !== 0);

/** Whether a row's result depends on what its own evaluation predicts for x0, or for eps. */
const usesNow = (coefs: readonly number[]): boolean => (coefs[0] ?? 0) !== 0;

const checkRow = (where: string, row: Row, step: number, evaluations: number): void => {
  const numbers = [row.x, row.sigma, ...row.x0, ...row.eps];
  if (!numbers.every(Number.isFinite) || row.sigma < 0)
    throw new RangeError(
      `${where}: row ${step} must have finite coefficients and sigma >= 0, got ${numbers.join(", ")}`,
    );
  const reach = Math.max(row.x0.length, row.eps.length);
  if (row.time === null && !(reach === 0 && row.sigma > 0))
    throw new RangeError(
      `${where}: row ${step} evaluates nothing, so it must only add noise, got ${reach} predictions and sigma ${row.sigma}; give it a time`,
    );
  if (reach > evaluations)
    throw new RangeError(
      `${where}: row ${step} uses the predictions of ${reach} evaluations, but only ${evaluations} precede its move; start the table with shorter rows`,
    );
};

/**
 * Checks a run before anything is evaluated.
 * @param predictions whether x0 and eps of every row are wanted, even if the move does not need them
 * @throws RangeError if the table is empty or ends with noise alone, a row is not finite or reaches too far back, noise is
 * to be added and there is no key, mapX0 would have no effect, or the prediction does not determine what a row needs
 */
export const checkRun = <V>(where: string, run: Run<V>, predictions: boolean): void => {
  const { table, key, prediction = "eps", mapX0, firstIndex = 0 } = run;
  if (table.rows.length === 0)
    throw new RangeError(`${where}: the table ${table.name} has no rows; plan at least one move`);
  if (!Number.isSafeInteger(firstIndex) || firstIndex < 0)
    throw new RangeError(`${where}: firstIndex must be an integer >= 0, got ${firstIndex}`);
  if (mapX0 !== undefined && !table.rows.some((row) => isUsed(row.x0)))
    throw new RangeError(
      `${where}: mapX0 has no effect, since the rows of ${table.name} do not use x0; take ddim, or map inside the denoiser with asX0`,
    );
  const keepsX0 = mapX0 !== undefined || table.rows.some((row) => row.x0.length > 1);
  const keepsEps = table.rows.some((row) => row.eps.length > 1);
  if (table.rows.at(-1)!.time === null)
    throw new RangeError(
      `${where}: the last row of ${table.name} must evaluate the network; drop what only adds noise`,
    );
  let evaluations = 0;
  table.rows.forEach((row, step) => {
    if (row.time !== null) evaluations++;
    checkRow(where, row, step, evaluations);
    if (row.sigma > 0 && key === undefined)
      throw new RangeError(
        `${where}: row ${step} of ${table.name} adds noise (sigma ${row.sigma}), so there must be a key, got none; pass key: key(seed)`,
      );
    if (row.time === null) return;
    const map = outputMap(prediction, row.alphaBarT);
    if ((predictions || keepsX0 || usesNow(row.x0)) && !map.x0.every(Number.isFinite))
      throw new RangeError(
        `${where}: at t = ${row.t}, alphaBar = ${row.alphaBarT}, prediction "${prediction}" does not determine x0; predict "v" or "x0", or end tau where alphaBar > 0`,
      );
    if ((predictions || keepsEps || usesNow(row.eps)) && !map.eps.every(Number.isFinite))
      throw new RangeError(
        `${where}: at t = ${row.t}, alphaBar = ${row.alphaBarT}, prediction "${prediction}" does not determine eps; predict "eps" or "v", or encode from t = 1`,
      );
  });
};
