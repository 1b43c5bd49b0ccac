import type { Schedule } from "./schedule.ts";
import { moveBeta } from "./sigma.ts";

/** beta[t] = 1 - alphaBar[t]/alphaBar[t-1], the variance that step t adds: T + 1 entries, beta[0] = 0. */
export const betas = ({ alphaBar }: Schedule): number[] => alphaBar.map((ab, t) => moveBeta(ab, alphaBar[t - 1] ?? 1));

/** alpha[t] = 1 - beta[t], the signal power that step t keeps: T + 1 entries, alpha[0] = 1. */
export const alphas = ({ alphaBar }: Schedule): number[] => alphaBar.map((ab, t) => ab / (alphaBar[t - 1] ?? 1));
