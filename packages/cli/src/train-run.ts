import { appendLog, appendSession, saveCheckpoint } from "@nonmarkov/checkpoint/node";
import { batchAt, type Dataset } from "@nonmarkov/data";
import { disposeState, fit, NonFiniteError, stateToArrays } from "@nonmarkov/train";
import { duration } from "./duration.ts";
import { machineName } from "./machine.ts";
import type { Output } from "./output.ts";
import { progress } from "./progress.ts";
import type { RunConfig } from "./run-config.ts";
import { type AnyState, trainingOf } from "./training.ts";

/** Training from a state on, with everything that is written on the way. */
export type TrainRun = {
  readonly dir: string;
  readonly config: RunConfig;
  readonly dataset: Dataset;
  /** Where to begin; taken over. */
  readonly state: AnyState;
  /** Train until so many steps have been made. */
  readonly until: number;
  /** Stop after so many seconds. */
  readonly seconds?: number | undefined;
  readonly checkpointEvery: number;
  readonly signal?: AbortSignal;
  /** What computes, for people. */
  readonly backend: string;
  readonly out: Output;
};

/** How it went. */
export type TrainOutcome = {
  /** Steps made since the beginning of the run. */
  readonly step: number;
  /** Why training ended. */
  readonly ended: "steps" | "time" | "signal";
  /** The mean loss of the last steps; null if none was made. */
  readonly loss: number | null;
  /** How long this part of the training took. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
};

/** Every step is logged at first, later every tenth: enough for a curve, and a log that stays small. */
const isLogged = (step: number): boolean => step <= 1000 || step % 10 === 0;

/** The loss's moving mean forgets over about so many steps. */
const memory = 50;

const save = async (dir: string, state: AnyState): Promise<void> => {
  await saveCheckpoint(dir, await stateToArrays(state));
};

/**
 * Trains, with progress, a log and checkpoints: one at the start, one every `checkpointEvery` steps, and one at the end,
 * however it comes: all steps done, the time used up, a signal, or losses that stopped being numbers.
 * @throws NonFiniteError after saving the last good state
 */
export const trainRun = async (run: TrainRun): Promise<TrainOutcome> => {
  const { dir, config, dataset, until, seconds = Infinity, checkpointEvery, signal, backend, out } = run;
  const { batch } = config.training;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const first = run.state.step;
  let state = run.state;
  let saved = -1;
  let loss: number | null = null;
  const bar = progress(out, "train");
  try {
    if (first === 0) {
      await save(dir, state);
      saved = 0;
    }
    const batches = (key: Parameters<typeof batchAt>[1], step: number) => batchAt(dataset, key, step, batch);
    for await (const event of fit(trainingOf(config), {
      state,
      batch: batches,
      until,
      ...(signal === undefined ? {} : { signal }),
    })) {
      state = event.state;
      const { step, lr, gradNorm } = event;
      if (event.warning === undefined) {
        const made = step - first;
        loss = loss === null ? event.loss : loss + (event.loss - loss) * Math.max(1 / made, 1 / memory);
        if (isLogged(step)) await appendLog(dir, { step, loss: event.loss, lr, gradNorm });
      } else out.note(`warning: ${event.warning}`);
      const part = Math.max((step - first) / (until - first), elapsed() / seconds);
      const speed = ((step - first) * batch) / elapsed();
      bar.update(
        part,
        `step ${step}/${until}  ${Math.round(speed)} samples/s  loss ${loss?.toFixed(4) ?? "-"}  ${duration((elapsed() / part) * (1 - part))} left`,
      );
      if (step % checkpointEvery === 0 && step < until) {
        await save(dir, state);
        saved = step;
      }
      if (elapsed() >= seconds) break;
    }
    if (saved !== state.step) await save(dir, state);
  } catch (error) {
    if (error instanceof NonFiniteError) {
      state = error.state as typeof state;
      await save(dir, state);
    }
    throw error;
  } finally {
    bar.stop();
    disposeState(state);
  }
  const { step } = state;
  await appendSession(dir, { from: first, to: step, seconds: elapsed(), machine: machineName(), backend });
  const ended = signal?.aborted ? "signal" : step >= until ? "steps" : "time";
  return { step, ended, loss, seconds: elapsed(), samplesPerSecond: ((step - first) * batch) / elapsed() };
};
