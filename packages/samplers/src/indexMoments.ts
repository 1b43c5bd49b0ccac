import { alphaBarAt, noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import type { Move } from "./moves.ts";

/** Gauss and Legendre's three points of 0..1, with their weights. */
const gauss = [
  [0.5 - Math.sqrt(0.15), 5 / 18],
  [0.5, 8 / 18],
  [0.5 + Math.sqrt(0.15), 5 / 18],
] as const;

/** The noise-to-signal ratio at an index that need not be an integer; linear below 1, where its log has no end. */
const ratioAt = (schedule: Schedule, t: number): number =>
  noiseToSignal(alphaBarAt(schedule, t, { interpolate: t < 1 ? "sigma" : "log-sigma" }));

/**
 * ∫ u^k d rho over a move as a part of ∫ d rho, for k = 0..count-1, where u in 0..1 is the way in t and rho the
 * noise-to-signal ratio of the schedule between its indices. By parts it is 1 - k·∫ u^(k-1)·(rho - rho_t)/(rho_s - rho_t) du,
 * taken from index to index, where rho is smooth.
 * @throws RangeError if the move leaves 0..T
 */
export const indexMoments = (schedule: Schedule, { t, s }: Move, count: number): readonly number[] => {
  const from = ratioAt(schedule, t);
  const whole = ratioAt(schedule, s) - from;
  const [low, high] = [Math.min(t, s), Math.max(t, s)];
  const inner = Array.from(
    { length: Math.max(0, Math.ceil(high) - Math.floor(low) - 1) },
    (_, i) => Math.floor(low) + 1 + i,
  );
  const stops = [low, ...inner, high];
  const moments = new Array<number>(count).fill(1);
  for (let i = 1; i < stops.length; i++) {
    const [left, length] = [stops[i - 1]!, stops[i]! - stops[i - 1]!];
    for (const [place, weight] of gauss) {
      const index = left + place * length;
      const u = (index - t) / (s - t);
      const part = (weight * length * (ratioAt(schedule, index) - from)) / (whole * (high - low));
      for (let k = 1; k < count; k++) moments[k]! -= k * u ** (k - 1) * part;
    }
  }
  return moments;
};
