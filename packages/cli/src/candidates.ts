import type { Table } from "@nonmarkov/samplers";
import type { Schedule } from "@nonmarkov/schedule";
import type { Measurement } from "./evaluation.ts";
import type { TauOption } from "./options/sampler-options.ts";
import { plan } from "./plan.ts";

/** A sampler to be measured: its table of numbers, and its place in the table of results. */
export type Candidate = Pick<Measurement, "sampler" | "column" | "steps" | "eta"> & { readonly table: Table };

/** Which samplers are compared. */
export type CandidateOptions = {
  readonly steps: readonly number[];
  readonly eta: readonly number[];
  readonly tau: TauOption;
  readonly sigmaHat: boolean;
  readonly ode: boolean;
};

/**
 * The samplers on sub-sequences: for every S, DDIM with every eta, sigma-hat and probability-flow Euler. Euler in sigma,
 * eq. (13), is DDIM at eta 0 and has no column of its own.
 * @throws UsageError if a number of steps or an eta is not possible
 */
export const candidates = (
  schedule: Schedule,
  { steps, eta, tau, sigmaHat, ode }: CandidateOptions,
): readonly Candidate[] =>
  steps.flatMap((S): readonly Candidate[] => [
    ...eta.map((e) => ({
      sampler: "ddim",
      column: `η = ${e}`,
      steps: S,
      eta: e,
      table: plan(schedule, { sampler: "ddim", steps: S, eta: e, tau }),
    })),
    ...(sigmaHat
      ? [
          {
            sampler: "sigma-hat",
            column: "σ̂",
            steps: S,
            eta: null,
            table: plan(schedule, { sampler: "sigma-hat", steps: S, tau }),
          },
        ]
      : []),
    ...(ode
      ? [
          {
            sampler: "pf-euler",
            column: "ODE (15)",
            steps: S,
            eta: null,
            table: plan(schedule, { sampler: "pf-euler", steps: S, tau }),
          },
        ]
      : []),
  ]);

/** DDPM on all T steps, with each variance: the last row of the columns of eta 1 and of sigma-hat. */
export const fullCandidates = (schedule: Schedule): readonly Candidate[] =>
  (["small", "large"] as const).map((variance) => ({
    sampler: variance === "small" ? "DDPM" : "DDPM, large variance",
    column: variance === "small" ? "η = 1" : "σ̂",
    steps: schedule.T,
    eta: null,
    table: plan(schedule, { sampler: "ddpm", variance, tau: "linear" }),
  }));
