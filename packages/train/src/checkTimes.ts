import type { Schedule } from "@nonmarkov/schedule";

/** @throws RangeError unless there is one index in 1..T for each of `size` rows */
export const checkTimes = (where: string, schedule: Schedule, t: ArrayLike<number>, size: number): void => {
  if (t.length !== size)
    throw new RangeError(`${where}: there must be one t per row, got ${t.length} for ${size} rows`);
  for (let i = 0; i < size; i++)
    if (!(Number.isInteger(t[i]) && t[i]! >= 1 && t[i]! <= schedule.T))
      throw new RangeError(`${where}: t[${i}] must be an integer in 1..${schedule.T}, got ${t[i]}`);
};
