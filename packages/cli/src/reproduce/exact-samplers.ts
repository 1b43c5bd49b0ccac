import { ddim, ddpm, euler, type Planner, probabilityFlow, sigmaHat } from "@nonmarkov/samplers";

/** A sampler with its name in the plots. */
export type ExactSampler = {
  readonly name: string;
  readonly planner: Planner;
  /** Another one that moves in the same way, where there is one: it is not run twice. */
  readonly sameAs?: string;
};

/** Every sampler of the toolkit. */
export const exactSamplers: readonly ExactSampler[] = [
  { name: "DDIM η = 0", planner: ddim({ eta: 0 }) },
  { name: "DDIM η = 0.2", planner: ddim({ eta: 0.2 }) },
  { name: "DDIM η = 0.5", planner: ddim({ eta: 0.5 }) },
  { name: "DDIM η = 1", planner: ddim({ eta: 1 }) },
  { name: "σ̂", planner: sigmaHat() },
  { name: "ODE (15)", planner: probabilityFlow() },
  { name: "Euler (13)", planner: euler(), sameAs: "DDIM η = 0" },
  { name: "DDPM small", planner: ddpm({ variance: "small" }), sameAs: "DDIM η = 1" },
  { name: "DDPM large", planner: ddpm({ variance: "large" }), sameAs: "σ̂" },
];
