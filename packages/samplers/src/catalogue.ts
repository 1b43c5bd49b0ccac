import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { deis } from "./deis.ts";
import { dpm2 } from "./dpm2.ts";
import { dpm2Ancestral } from "./dpm2Ancestral.ts";
import { dpmSolverMultistep } from "./dpmSolverMultistep.ts";
import { dpmSolverSinglestep } from "./dpmSolverSinglestep.ts";
import { edm } from "./edm.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./eulerAncestral.ts";
import { heun } from "./heun.ts";
import { ipndm } from "./ipndm.ts";
import { plms } from "./plms.ts";
import { pndm } from "./pndm.ts";
import { probabilityFlow } from "./probabilityFlow.ts";
import { sigmaHat } from "./sigmaHat.ts";
import type { Planner } from "./table.ts";
import { unipc } from "./unipc.ts";

/** A sampler that others can be compared with: how it is made, and what is known of it. */
export type SamplerInfo = {
  /** A short name for command lines and files: "dpmpp-2m". */
  readonly id: string;
  /** The name in the field: "DPM-Solver++(2M)". */
  readonly title: string;
  /** Makes its tables. */
  readonly planner: Planner;
  /** What makes the planner, as source text. */
  readonly code: string;
  /** Whether it draws noise on the way; what does not follows the ODE, and can be run backwards. */
  readonly noise: boolean;
  /** The power of the step's length that its error on the ODE falls with; null where it draws noise. */
  readonly order: number | null;
  /** The least number of moves that it can make. */
  readonly fewest: number;
  /** Its move as text, with the signs that docs/samplers.md explains. */
  readonly formula: string;
  /** What it is, in a sentence or two. */
  readonly about: string;
  /** Where it was published. */
  readonly source: {
    /** Authors, year and place. */
    readonly name: string;
    /** Its address. */
    readonly url: string;
  };
};

const arxiv = (name: string, number: string): SamplerInfo["source"] => ({
  name: `${name} (arXiv ${number})`,
  url: `https://arxiv.org/abs/${number}`,
});
const song = (place: string) => arxiv(`Song, Meng and Ermon, ${place}`, "2010.02502");
const karras = (place: string) => arxiv(`Karras et al., ${place}`, "2206.00364");
const dpmSolver = (place: string) => arxiv(`Lu et al., DPM-Solver, ${place}`, "2206.00927");
const dpmSolverPp = (place: string) => arxiv(`Lu et al., DPM-Solver++, ${place}`, "2211.01095");
const pseudo = (place: string) => arxiv(`Liu et al., PNDM, ${place}`, "2202.09778");
const uni = arxiv("Zhao et al., UniPC, algorithms 1 to 3", "2302.04867");
const zhang = arxiv("Zhang and Chen, DEIS, section 3.3", "2204.13902");
const kDiffusion: SamplerInfo["source"] = {
  name: "Crowson, k-diffusion",
  url: "https://github.com/crowsonkb/k-diffusion",
};

const ode = { noise: false, fewest: 1 } as const;
const sde = { noise: true, order: null, fewest: 1 } as const;

const pp2 = "x' = (σ'√a'/(σ√a))·x + √a'·(1 - e^(-h))·[x0 + (x0 - x0₋₁)·h/(2·h₋₁)]";

/** Every sampler with its usual settings: what the command line offers, and what docs/samplers.md compares. */
export const samplers: readonly SamplerInfo[] = [
  {
    ...ode,
    id: "ddim",
    title: "DDIM",
    planner: ddim(),
    code: "ddim()",
    order: 1,
    formula: "x' = √a'·x0 + √(1 - a')·eps",
    about:
      "The deterministic member of the non-Markovian family, eta = 0: the same moves as Euler's method in σ, and as every exponential integrator of first order.",
    source: song("equation (12)"),
  },
  {
    ...ode,
    id: "euler",
    title: "Euler in σ",
    planner: euler(),
    code: "euler()",
    order: 1,
    formula: "x'/√a' = x/√a + (σ' - σ)·eps",
    about: "Euler's method on the ODE (14), written without x0.",
    source: song("equation (13)"),
  },
  {
    ...ode,
    id: "pf-euler",
    title: "Euler on the probability flow",
    planner: probabilityFlow(),
    code: "probabilityFlow()",
    order: 1,
    formula: "x'/√a' = x/√a + (σ'² - σ²)/(2σ)·eps",
    about: "Euler's method in another variable: the same limit, and worse at few steps.",
    source: song("equation (15)"),
  },
  {
    ...ode,
    id: "heun",
    title: "Heun",
    planner: heun(),
    code: "heun()",
    order: 2,
    formula: "x'/√a' = x/√a + (σ' - σ)·(eps + eps*)/2,   eps* at the end of Euler's move",
    about: "The trapezoidal rule in σ. Two evaluations a move, but one in the move to clean data.",
    source: karras("algorithm 1"),
  },
  {
    ...ode,
    id: "dpm2",
    title: "DPM2",
    planner: dpm2(),
    code: "dpm2()",
    order: 2,
    formula: "x'/√a' = x/√a + (σ' - σ)·eps*,   eps* at √(σσ') on the way of Euler's move",
    about: "The midpoint rule in log σ. Two evaluations a move, but one in the move to clean data.",
    source: kDiffusion,
  },
  {
    ...ode,
    id: "plms",
    title: "PLMS",
    planner: plms(),
    code: "plms()",
    order: 2,
    formula: "DDIM with (55·eps - 59·eps₋₁ + 37·eps₋₂ - 9·eps₋₃)/24 in place of eps",
    about:
      "Adams and Bashforth's weights of equal steps, after an improved Euler step. The weights fit sub-sequences that are uniform in t and grids whose steps change little by little.",
    source: pseudo("section 3"),
  },
  {
    ...ode,
    id: "pndm",
    title: "PNDM",
    planner: pndm(),
    code: "pndm()",
    order: 2,
    fewest: 4,
    formula: "the first three moves DDIM with (eps₁ + 2·eps₂ + 2·eps₃ + eps₄)/6 in place of eps, then PLMS",
    about: "PLMS after three pseudo Runge-Kutta moves of four evaluations each, which need indices between their ends.",
    source: pseudo("section 3"),
  },
  {
    ...ode,
    id: "ipndm",
    title: "iPNDM",
    planner: ipndm(),
    code: "ipndm()",
    order: 2,
    formula:
      "DDIM with (55·eps - 59·eps₋₁ + 37·eps₋₂ - 9·eps₋₃)/24 in place of eps, from the first move on with what there is",
    about: "PLMS without its first extra evaluation. What is said of the grids of PLMS holds here.",
    source: arxiv("Zhang and Chen, DEIS, appendix", "2204.13902"),
  },
  {
    ...ode,
    id: "deis-2",
    title: "DEIS 2",
    planner: deis({ order: 2 }),
    code: "deis({ order: 2 })",
    order: 2,
    formula: "x'/√a' = x/√a + ∫ P(ρ) dρ,   P the line in log ρ through eps and eps₋₁",
    about: "Adams and Bashforth on the exact solution, for unequal steps, in log σ.",
    source: zhang,
  },
  {
    ...ode,
    id: "deis-3",
    title: "DEIS 3",
    planner: deis({ order: 3 }),
    code: "deis({ order: 3 })",
    order: 3,
    formula: "x'/√a' = x/√a + ∫ P(ρ) dρ,   P the parabola in log ρ through eps, eps₋₁ and eps₋₂",
    about: "The same with one evaluation more.",
    source: zhang,
  },
  {
    ...ode,
    id: "deis-t-3",
    title: "tAB-DEIS 3",
    planner: deis({ order: 3, variable: "t" }),
    code: 'deis({ order: 3, variable: "t" })',
    order: 3,
    formula: "x'/√a' = x/√a + ∫ P(t) dρ(t),   P the parabola in t through eps, eps₋₁ and eps₋₂",
    about:
      "The same in t, the paper's own choice for sub-sequences: log ρ is linear between the indices of the schedule.",
    source: zhang,
  },
  {
    ...ode,
    id: "dpm-2s",
    title: "DPM-Solver-2",
    planner: dpmSolverSinglestep({ order: 2, algorithm: "dpmsolver", stages: "between" }),
    code: 'dpmSolverSinglestep({ order: 2, algorithm: "dpmsolver", stages: "between" })',
    order: 2,
    formula: "x' = √(a'/a)·x - √(1 - a')·(e^h - 1)·eps*,   eps* at the middle of the move in λ",
    about: "Noise prediction, a stage at the middle. Two evaluations a move, but one in the move to clean data.",
    source: dpmSolver("algorithm 1"),
  },
  {
    ...ode,
    id: "dpm-3s",
    title: "DPM-Solver-3",
    planner: dpmSolverSinglestep({ order: 3, algorithm: "dpmsolver", stages: "between" }),
    code: 'dpmSolverSinglestep({ order: 3, algorithm: "dpmsolver", stages: "between" })',
    order: 3,
    formula:
      "x' = √(a'/a)·x - √(1 - a')·[(e^h - 1)·eps + (e^h - 1 - h)/h·(eps** - eps)/(2/3)],   eps** at two thirds of the move in λ",
    about: "Noise prediction, stages at thirds. Three evaluations a move, but one in the move to clean data.",
    source: dpmSolver("algorithm 2"),
  },
  {
    ...ode,
    id: "dpmpp-2s",
    title: "DPM-Solver++(2S)",
    planner: dpmSolverSinglestep({ order: 2, stages: "between" }),
    code: 'dpmSolverSinglestep({ order: 2, stages: "between" })',
    order: 2,
    formula: "x' = (σ'√a'/(σ√a))·x + √a'·(1 - e^(-h))·x0*,   x0* at the middle of the move in λ",
    about: "Data prediction, a stage at the middle. Two evaluations a move, but one in the move to clean data.",
    source: dpmSolverPp("algorithm 1"),
  },
  {
    ...ode,
    id: "dpm-2m",
    title: "DPM-Solver(2M)",
    planner: dpmSolverMultistep({ order: 2, algorithm: "dpmsolver" }),
    code: 'dpmSolverMultistep({ order: 2, algorithm: "dpmsolver" })',
    order: 2,
    formula: "x' = √(a'/a)·x - √(1 - a')·(e^h - 1)·[eps + (eps - eps₋₁)·h/(2·h₋₁)]",
    about: "Noise prediction with the slope between this evaluation and the one before.",
    source: dpmSolverPp("section 5"),
  },
  {
    ...ode,
    id: "dpmpp-2m",
    title: "DPM-Solver++(2M)",
    planner: dpmSolverMultistep({ order: 2 }),
    code: "dpmSolverMultistep({ order: 2 })",
    order: 2,
    formula: pp2,
    about: "Data prediction with the slope between this evaluation and the one before.",
    source: dpmSolverPp("algorithm 2"),
  },
  {
    ...ode,
    id: "dpmpp-3m",
    title: "DPM-Solver++(3M)",
    planner: dpmSolverMultistep({ order: 3 }),
    code: "dpmSolverMultistep({ order: 3 })",
    order: 3,
    formula: "x' = (σ'√a'/(σ√a))·x + √a'·h·∫ e^(-h(1 - u))·P(u) du,   P the parabola in λ through x0, x0₋₁ and x0₋₂",
    about:
      'Data prediction with slope and curvature. Published code takes half of the curvature, which leaves order 2: curvature "half".',
    source: dpmSolverPp("section 5"),
  },
  {
    ...ode,
    id: "unipc-2",
    title: "UniPC-2",
    planner: unipc({ order: 2 }),
    code: "unipc({ order: 2 })",
    order: 3,
    formula:
      "DPM-Solver++(2M), and when x0 at the end is known, x corrected by the parabola that passes through it as well",
    about: "A predictor and a corrector that costs no evaluation of its own.",
    source: uni,
  },
  {
    ...ode,
    id: "unipc-3",
    title: "UniPC-3",
    planner: unipc({ order: 3 }),
    code: "unipc({ order: 3 })",
    order: 4,
    formula:
      "DPM-Solver++(3M), and when x0 at the end is known, x corrected by the cubic that passes through it as well",
    about: "The same with one evaluation more.",
    source: uni,
  },
  {
    ...sde,
    id: "ddpm",
    title: "DDPM",
    planner: ddpm(),
    code: "ddpm()",
    formula: "x' = √(a/a')·(1 - a')/(1 - a)·x + (a' - a)/(√a'·(1 - a))·x0 + √((1 - a')/(1 - a)·(1 - a/a'))·z",
    about: "Ancestral sampling with the posterior's variance: DDIM with eta = 1.",
    source: arxiv("Ho, Jain and Abbeel, equation (7)", "2006.11239"),
  },
  {
    ...sde,
    id: "sigma-hat",
    title: "σ̂",
    planner: sigmaHat(),
    code: "sigmaHat()",
    formula: "x' = √a'·x0 + √(1 - a' - σ₁²)·eps + √(1 - a/a')·z,   σ₁ the noise of DDPM",
    about: "DDPM with more noise than the move takes away: good at many steps only.",
    source: song("section 5"),
  },
  {
    ...sde,
    id: "euler-a",
    title: "Euler ancestral",
    planner: eulerAncestral(),
    code: "eulerAncestral()",
    formula: "x'/√a' = x/√a + (σ↓ - σ)·eps + √(σ'² - σ↓²)·z,   σ↓ = σ'²/σ",
    about: "Euler's move to below the end, then noise up to it. In these coordinates it is DDPM.",
    source: kDiffusion,
  },
  {
    ...sde,
    id: "dpm2-a",
    title: "DPM2 ancestral",
    planner: dpm2Ancestral(),
    code: "dpm2Ancestral()",
    formula: "x'/√a' = x/√a + (σ↓ - σ)·eps* + √(σ'² - σ↓²)·z,   eps* at √(σσ↓)",
    about: "DPM2 to below the end, then noise up to it.",
    source: kDiffusion,
  },
  {
    ...sde,
    id: "edm",
    title: "EDM with churn",
    planner: edm({ churn: 40, sMin: 0.05, sMax: 50, noise: 1.003 }),
    code: "edm({ churn: 40, sMin: 0.05, sMax: 50, noise: 1.003 })",
    formula: "σ̂ = σ·(1 + min(churn/moves, √2 - 1)), noise up to σ̂, then Heun's move",
    about: "Noise before each move, which washes out the errors of those before, then a move of second order.",
    source: karras("algorithm 2"),
  },
  {
    ...sde,
    id: "dpmpp-2m-sde",
    title: "DPM-Solver++(2M) SDE",
    planner: dpmSolverMultistep({ order: 2, algorithm: "sde-dpmsolver++" }),
    code: 'dpmSolverMultistep({ order: 2, algorithm: "sde-dpmsolver++" })',
    formula:
      "x' = (σ'√a'/(σ√a))·e^(-h)·x + √a'·(1 - e^(-2h))·[x0 + (x0 - x0₋₁)·h/(2·h₋₁)] + √(1 - a')·√(1 - e^(-2h))·z",
    about: "DPM-Solver++(2M) on the SDE that has the same marginals.",
    source: dpmSolverPp("section 6"),
  },
];
