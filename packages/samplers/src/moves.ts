import { explicitTau, type Schedule } from "@nonmarkov/schedule";

/** One move t → s of a sub-sequence, before a method has given it coefficients. */
export type Move = {
  /** Where the move starts: an index into alphaBar. */
  readonly t: number;
  /** Where it ends. */
  readonly s: number;
  /** alphaBar[t]. */
  readonly alphaBarT: number;
  /** alphaBar[s]. */
  readonly alphaBarS: number;
};

/** The stops of a sub-sequence in order, as moves from each to the next. */
const between = (schedule: Schedule, stops: readonly number[]): Move[] =>
  stops.slice(1).map((s, i) => {
    const t = stops[i]!;
    return { t, s, alphaBarT: schedule.alphaBar[t]!, alphaBarS: schedule.alphaBar[s]! };
  });

/**
 * The sampling moves tau_S → ... → tau_1 → 0.
 * @throws RangeError unless tau ascends strictly in 1..T and is not empty
 */
export const moves = (schedule: Schedule, tau: readonly number[]): readonly Move[] =>
  between(schedule, [0, ...explicitTau(tau, schedule.T)].reverse());

/**
 * The encoding moves from → tau_1 → ... → tau_S.
 * @param from where the data are taken to live, 0 or an index below all of tau but perhaps its first, which is then the
 * start itself
 * @throws RangeError unless tau ascends strictly in 1..T, and goes beyond `from`
 */
export const encodingMoves = (schedule: Schedule, tau: readonly number[], from: number): readonly Move[] => {
  const stops = explicitTau(tau, schedule.T).filter((t) => t !== from);
  if (!Number.isInteger(from) || from < 0 || stops.length === 0 || stops[0]! < from)
    throw new RangeError(
      `encodingMoves: from must be an integer in 0..tau_1, with tau going beyond it, got from ${from} and tau starting at ${tau[0]}; pass 0 for clean data`,
    );
  return between(schedule, [from, ...stops]);
};
