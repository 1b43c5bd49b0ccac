import { explicitTau, type Schedule } from "@nonmarkov/schedule";

/** One move t → s of a path, before a method has given it coefficients. */
export type Move = {
  /** Where the move starts: an index into alphaBar; not an integer where a grid lies between the indices. */
  readonly t: number;
  /** Where it ends. */
  readonly s: number;
  /** alphaBar at t. */
  readonly alphaBarT: number;
  /** alphaBar at s. */
  readonly alphaBarS: number;
};

/**
 * Where a sampler goes: a sub-sequence tau, ascending strictly in 1..T, from whose last entry it goes down to clean data;
 * or moves of your own in the order in which they are made, which may lie between the indices of the schedule. Methods
 * without noise also take moves from data to noise, and encode.
 */
export type Path = readonly number[] | readonly Move[];

/** The stops of a sub-sequence in order, as moves from each to the next. */
const between = (schedule: Schedule, stops: readonly number[]): Move[] =>
  stops.slice(1).map((s, i) => {
    const t = stops[i]!;
    return { t, s, alphaBarT: schedule.alphaBar[t]!, alphaBarS: schedule.alphaBar[s]! };
  });

const isMoves = (path: Path): path is readonly Move[] => typeof path[0] === "object";

const checkMove = ({ t, s, alphaBarT, alphaBarS }: Move, i: number): void => {
  if (!(t >= 0 && t < Infinity && s >= 0 && s < Infinity))
    throw new RangeError(`moves: t and s must be >= 0 and finite, got ${t} → ${s} in move ${i}`);
  if (!(alphaBarT >= 0 && alphaBarT <= 1 && alphaBarS >= 0 && alphaBarS <= 1))
    throw new RangeError(
      `moves: alphaBarT and alphaBarS must be in 0..1, got ${alphaBarT} → ${alphaBarS} in move ${i}, ${t} → ${s}`,
    );
};

/**
 * The sampling moves of a path; of a sub-sequence tau_S → ... → tau_1 → 0.
 * @throws RangeError if the path is empty; unless tau ascends strictly in 1..T; if alphaBar leaves 0..1 in a move of your own
 */
export const moves = (schedule: Schedule, path: Path): readonly Move[] => {
  if (!isMoves(path)) return between(schedule, [0, ...explicitTau(path, schedule.T)].reverse());
  path.forEach(checkMove);
  return path;
};

/**
 * The encoding moves from → tau_1 → ... → tau_S; moves of your own are taken backwards, each from its end to its start.
 * @param from where the data are taken to live, 0 or an index below all of tau but perhaps its first, which is then the
 * start itself; without a meaning for moves of your own
 * @throws RangeError unless tau ascends strictly in 1..T, and goes beyond `from`
 */
export const encodingMoves = (schedule: Schedule, path: Path, from: number): readonly Move[] => {
  if (isMoves(path))
    return moves(schedule, path)
      .map(({ t, s, alphaBarT, alphaBarS }) => ({ t: s, s: t, alphaBarT: alphaBarS, alphaBarS: alphaBarT }))
      .reverse();
  const stops = explicitTau(path, schedule.T).filter((t) => t !== from);
  if (!Number.isInteger(from) || from < 0 || stops.length === 0 || stops[0]! < from)
    throw new RangeError(
      `encodingMoves: from must be an integer in 0..tau_1, with tau going beyond it, got from ${from} and tau starting at ${path[0]}; pass 0 for clean data`,
    );
  return between(schedule, [from, ...stops]);
};
