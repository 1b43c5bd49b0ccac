import type { SchedulerConfig } from "./schedulerConfig.ts";
import type { PndmStage } from "./pndmTable.ts";

/** The weights of Adams and Bashforth by how many outputs there are, the newest first. */
const adamsBashforth: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/** Weights for the outputs with these numbers, the newest last, put in the places that they have seen from `now`. */
const placed = (now: number, numbers: readonly number[]): number[] => {
  const weights = new Array<number>(now - numbers[0]! + 1).fill(0);
  numbers.toReversed().forEach((number, j) => (weights[now - number] = adamsBashforth[numbers.length - 1]![j]!));
  return weights;
};

/**
 * The evaluations of diffusers' PNDM in order: a move ends floor(T/S) below its timestep, wherever the next one is, and
 * a Runge-Kutta stage half of that, rounded down, below its own.
 * @param times the indices that the spacing visits, descending
 * @throws RangeError if there are Runge-Kutta steps and fewer than 4 times
 */
export const pndmStages = (config: SchedulerConfig, times: readonly number[]): readonly PndmStage[] => {
  const stride = Math.floor(config.num_train_timesteps / times.length);
  const half = Math.floor(stride / 2);
  const down = (t: number, by: number): number => (t - by >= 1 ? t - by : config.set_alpha_to_one ? 0 : 1);
  const stages: PndmStage[] = [];
  /** Numbers of the evaluations that later combinations use. */
  const numbers: number[] = [];
  const multistep = (time: number): void => {
    numbers.push(stages.length);
    const weights = placed(stages.length, numbers.slice(-4));
    stages.push({ time, from: time, to: down(time, stride), again: false, weights });
  };
  if (config.skip_prk_steps) {
    times.forEach((time, i) => {
      if (i === 1)
        stages.push({
          time,
          from: Math.min(time + stride, config.num_train_timesteps),
          to: time,
          again: true,
          weights: [1 / 2, 1 / 2],
        });
      multistep(time);
    });
    return stages;
  }
  if (times.length < 4)
    throw new RangeError(
      `planScheduler: with Runge-Kutta steps PNDM takes 4 steps or more, got ${times.length}; take more, or set skip_prk_steps`,
    );
  for (let k = 0; k < 3; k++) {
    const [from, next] = [times[k]!, times[k + 1]!];
    const between = next + half;
    numbers.push(stages.length);
    stages.push(
      { time: from, from, to: from - half, again: false, weights: [1] },
      { time: between, from, to: between, again: true, weights: [1] },
      { time: between, from, to: between - half, again: true, weights: [1] },
      { time: next, from, to: next, again: true, weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6] },
    );
  }
  times.slice(3).forEach(multistep);
  return stages;
};
