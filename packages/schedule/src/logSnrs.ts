import { logSnr } from "./logSnr.ts";
import { noiseToSignal } from "./noiseToSignal.ts";
import type { Schedule } from "./schedule.ts";

/** {@link logSnr} of every t: T + 1 entries, the first Infinity. */
export const logSnrs = ({ alphaBar }: Schedule): number[] => alphaBar.map(logSnr);

/** {@link noiseToSignal} of every t: T + 1 entries, the first 0. */
export const noiseToSignals = ({ alphaBar }: Schedule): number[] => alphaBar.map(noiseToSignal);
