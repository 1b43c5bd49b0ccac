/** A numbered statement of the paper. Tests name it at the beginning of their titles: "Lemma 1, (7): ...". */
export type Statement = {
  /** "Lemma 1", "(12)", "4.2", "C.1", "Appendix A". */
  readonly id: string;
  /** Where it stands in arXiv 2010.02502v4. */
  readonly where: string;
  /** What it says, in our own words. */
  readonly says: string;
  /** The same as a formula. */
  readonly formula: string;
};

/** What the tests of this folder are about; a_t is alphaBar[t], a_0 = 1. */
export const statements: readonly Statement[] = [
  {
    id: "Lemma 1",
    where: "Section 3.1, proof in appendix B",
    says: "Whatever the admissible sigmas, the chain that starts at q(x_T|x0) has the same marginals as the diffusion.",
    formula: "q_σ(x_t|x0) = N(√a_t·x0, (1-a_t)·I) for all t",
  },
  {
    id: "Theorem 1",
    where: "Section 3.2, proof in appendix B",
    says: "For all sigmas above 0 the variational bound is a weighted sum of errors of eps, and a constant: one network serves the whole family.",
    formula: "J_σ = L_γ + C with some γ > 0",
  },
  {
    id: "Proposition 1",
    where: "Section 4.3, proof in appendix B",
    says: "With the optimal network the ODE (14) is the probability flow of the variance-exploding SDE.",
    formula: "dx̄/dσ = ε_θ = -σ·∇ log p_σ(x̄)",
  },
  {
    id: "(4)",
    where: "Section 2",
    says: "A noised sample is a combination of the data and one draw of noise.",
    formula: "x_t = √a_t·x0 + √(1-a_t)·ε, ε ~ N(0, I)",
  },
  {
    id: "(5)",
    where: "Section 2",
    says: "The training loss: squared errors of the predicted noise, weighted by t.",
    formula: "L_γ = Σ_t γ_t·E|ε_θ(√a_t·x0 + √(1-a_t)·ε, t) - ε|²",
  },
  {
    id: "(6)",
    where: "Section 3.1",
    says: "The inference process as a joint distribution: x_T first, then downwards, always knowing x0.",
    formula: "q_σ(x_1..x_T|x0) = q_σ(x_T|x0)·Π_{t=2..T} q_σ(x_{t-1}|x_t, x0)",
  },
  {
    id: "(7)",
    where: "Section 3.1",
    says: "Its factors are Gaussians that keep what x_t says of the noise, but for the share that sigma replaces.",
    formula: "q_σ(x_{t-1}|x_t, x0) = N(√a_{t-1}·x0 + √(1-a_{t-1}-σ_t²)·(x_t-√a_t·x0)/√(1-a_t), σ_t²·I)",
  },
  {
    id: "(8)",
    where: "Section 3.1",
    says: "Its forward kernel, by Bayes, is a Gaussian that looks at x0 as well: the process is not Markovian.",
    formula: "q_σ(x_t|x_{t-1}, x0) = q_σ(x_{t-1}|x_t, x0)·q_σ(x_t|x0) / q_σ(x_{t-1}|x0)",
  },
  {
    id: "(9)",
    where: "Section 3.2",
    says: "What the network says of the clean data.",
    formula: "f_θ(x_t) = (x_t - √(1-a_t)·ε_θ(x_t)) / √a_t",
  },
  {
    id: "(10)",
    where: "Section 3.2",
    says: "The generative process: the factors (7) with the predicted in the place of the true x0; at the end the prediction itself is the mean.",
    formula: "p_θ(x_{t-1}|x_t) = q_σ(x_{t-1}|x_t, f_θ(x_t)), p_θ(x0|x_1) = N(f_θ(x_1), σ_1²·I)",
  },
  {
    id: "(11)",
    where: "Section 3.2",
    says: "The variational bound of that pair of processes.",
    formula: "J_σ = E[log q_σ(x_1..x_T|x0) - log p_θ(x_0..x_T)]",
  },
  {
    id: "(12)",
    where: "Section 4.1",
    says: "One move of a sampler: predicted data, direction to x_t, fresh noise.",
    formula: "x_{t-1} = √a_{t-1}·(x_t-√(1-a_t)·ε_θ)/√a_t + √(1-a_{t-1}-σ_t²)·ε_θ + σ_t·z",
  },
  {
    id: "(13)",
    where: "Section 4.3",
    says: "The move without fresh noise, in x̄ = x/√a.",
    formula: "x̄_s = x̄_t + (σ_s - σ_t)·ε_θ, σ = √((1-a)/a)",
  },
  {
    id: "(14)",
    where: "Section 4.3",
    says: "The ordinary differential equation of which that is an Euler step.",
    formula: "dx̄ = ε_θ(x̄/√(σ²+1))·dσ",
  },
  {
    id: "(15)",
    where: "Section 4.3",
    says: "The Euler step of the probability flow, in σ² in the place of σ: the same limit, another discretisation.",
    formula: "x̄_s = x̄_t + ½·(σ_s² - σ_t²)/σ_t·ε_θ",
  },
  {
    id: "(16)",
    where: "Section 5",
    says: "The sigmas between DDIM (eta = 0) and DDPM (eta = 1), on a sub-sequence tau.",
    formula: "σ(η) = η·√((1-a_s)/(1-a_t))·√(1-a_t/a_s), t = τ_i, s = τ_{i-1}",
  },
  {
    id: "4.1",
    where: "Section 4.1",
    says: "With eta = 1 the forward process is Markovian and the generative one is DDPM.",
    formula: "σ_t = √((1-a_{t-1})/(1-a_t))·√(1-a_t/a_{t-1}) ⇒ q(x_t|x_{t-1}, x0) = q(x_t|x_{t-1})",
  },
  {
    id: "4.2",
    where: "Section 4.2",
    says: "Sampling may visit a sub-sequence tau of the steps with a network that was trained on all of them.",
    formula: "τ_S → τ_{S-1} → ... → τ_1 → 0",
  },
  {
    id: "4.3",
    where: "Section 4.3",
    says: "DDIM is an Euler step of an ODE; run backwards it encodes, and decoding gives the data back.",
    formula: "x0 → x_T → x0, with an error of order 1/S",
  },
  {
    id: "C.1",
    where: "Appendix C.1",
    says: "The accelerated processes: inference goes along tau while the other x_t hang on x0 alone; marginals and bound are as before.",
    formula: "q(x_1..x_T|x0) = q(x_T|x0)·Π_i q(x_{τ_{i-1}}|x_{τ_i}, x0)·Π_{t∉τ} q(x_t|x0), J = L_γ + C",
  },
  {
    id: "(67)",
    where: "Appendix D",
    says: "Spherical interpolation of two latents.",
    formula: "x^(u) = sin((1-u)θ)/sin θ·x^(0) + sin(uθ)/sin θ·x^(1), θ the angle between x^(0) and x^(1)",
  },
  {
    id: "Appendix A",
    where: "Appendix A",
    says: "The same for categorical data: a family of non-Markovian processes with common marginals, and its implicit member.",
    formula: "q(x_{t-1}|x_t, x0) = Cat(s_t·x_t + (a_{t-1} - s_t·a_t)·x0 + ((1-a_{t-1}) - (1-a_t)·s_t)·1/K)",
  },
];
