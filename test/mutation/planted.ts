import type { Planted } from "./instrument.ts";

type Mistake = readonly [name: string, original: string, mistake: string];

const inFile = (file: string, mistakes: readonly Mistake[]): readonly Planted[] =>
  mistakes.map(([name, original, mistake]) => ({ file: `packages/${file}.ts`, name, original, mistake }));

/** Mistakes that people make with this paper, each by name; `mistake` stands in the place of the expression `original`. */
export const planted: readonly Planted[] = [
  ...inFile("schedule/src/sigma", [
    ["a wrong sign: 1 + a_t/a_s for 1 - a_t/a_s", "abS - abT", "abS + abT"],
    [
      "beta for beta-tilde: eta = 1 adds the variance of the forward step",
      "((1 - abS) / (1 - abT)) * moveBeta(abT, abS)",
      "moveBeta(abT, abS)",
    ],
    ["t for s: (16) with its fraction upside down", "(1 - abS) / (1 - abT)", "(1 - abT) / (1 - abS)"],
    [
      "eta squared forgotten: sigma = eta² times that of eta = 1",
      "eta * Math.sqrt(((1 - abS) / (1 - abT)) * moveBeta(abT, abS))",
      "eta * eta * Math.sqrt(((1 - abS) / (1 - abT)) * moveBeta(abT, abS))",
    ],
    ["eta squared forgotten: 1 - eta for 1 - eta² in √(1 - a_s - sigma²)", "(1 - eta) * (1 + eta)", "1 - eta"],
    ["eta squared forgotten: eta for eta² in √(1 - a_s - sigma²)", "eta * eta", "eta"],
    ["a root dropped: sigma-hat is its own square", "Math.sqrt(moveBeta(abT, abS))", "moveBeta(abT, abS)"],
  ]),
  ...inFile("schedule/src/move", [
    ["a dropped sigma: √(1 - a_s) for √(1 - a_s - sigma²)", "(most - noise) * (most + noise)", "most * most"],
    ["off by one: s = t - 2 where none is given", "t - 1", "t - 2"],
    ["sigma for eta: the noise of a move by eta is eta", "sigma ?? sigmaEta(abT, abS, eta!)", "sigma ?? eta!"],
  ]),
  ...inFile("schedule/src/posterior", [
    ["a dropped sigma: the mean of (7) as if there were no noise", "abT * sigma * sigma", "0"],
    ["a wrong sign: -sigma² in the mean of (7)", "abS - abT + abT * sigma * sigma", "abS - abT - abT * sigma * sigma"],
    ["alpha for alpha-bar: x_t divided by √(1 - a_t/a_s)", "rest / (1 - abT)", "rest / (1 - abT / abS)"],
    ["a root dropped: the factor of x_t in (7)", "Math.sqrt(rest / (1 - abT))", "rest / (1 - abT)"],
  ]),
  ...inFile("schedule/src/forwardKernel", [
    [
      "the reverse variance: sigma for sigma·√((1 - a_t)/(1 - a_s)) in (8)",
      "sigma * Math.sqrt((1 - abT) / (1 - abS))",
      "sigma",
    ],
    ["a root dropped: the gain of (8)", "Math.sqrt(rest * (1 - abT)) / (1 - abS)", "(rest * (1 - abT)) / (1 - abS)"],
    [
      "a wrong sign: √a_t + gain·√a_s in (8)",
      "Math.sqrt(abT) - xsCoef * Math.sqrt(abS)",
      "Math.sqrt(abT) + xsCoef * Math.sqrt(abS)",
    ],
    ["Markovian for every eta: x0 dropped from (8)", "((abS - abT) * (eta - 1) * (eta + 1)) / ((1 - abS) * sum)", "0"],
  ]),
  ...inFile("schedule/src/elboWeights", [
    ["a forgotten half: gamma_t twice as large", "2 * ab", "ab"],
    ["a square forgotten in gamma_t", "(x0Coef / sigma) ** 2", "x0Coef / sigma"],
    ["a dropped sigma: gamma_t without 1/sigma²", "x0Coef / sigma", "x0Coef"],
    ["off by one: gamma of t - 1", "sigmas[t]!", "sigmas[Math.max(1, t - 1)]!"],
    ["t = 1 like the others: the decoder's sigma_1 taken for one of the chain", "t > 1 ? sigma : 0", "sigma"],
  ]),
  ...inFile("schedule/src/betas", [
    ["alpha-bar for alpha: beta = 1 - a_t", "moveBeta(ab, alphaBar[t - 1] ?? 1)", "1 - ab"],
    ["alpha-bar for alpha: alpha = a_t", "ab / (alphaBar[t - 1] ?? 1)", "ab"],
  ]),
  ...inFile("schedule/src/fromBetas", [
    ["alpha for alpha-bar: 1 - beta_t, no product", "product *= 1 - beta", "1 - beta"],
    ["a wrong sign: 1 + beta", "1 - beta", "1 + beta"],
  ]),
  ...inFile("schedule/src/fromAlphas", [["alpha for alpha-bar: alpha_t, no product", "product *= alpha", "alpha"]]),
  ...inFile("schedule/src/logSnr", [
    ["lambda for logSnr: half of it", "Math.log(alphaBar / (1 - alphaBar))", "Math.log(alphaBar / (1 - alphaBar)) / 2"],
    ["a wrong sign: exp(logSnr)", "-logSnr", "logSnr"],
  ]),
  ...inFile("schedule/src/noiseToSignal", [
    ["√(1 - a) for √((1 - a)/a)", "Math.sqrt((1 - alphaBar) / alphaBar)", "Math.sqrt(1 - alphaBar)"],
    ["a root dropped: (1 - a)/a", "Math.sqrt((1 - alphaBar) / alphaBar)", "(1 - alphaBar) / alphaBar"],
  ]),
  ...inFile("schedule/src/betaRange", [["off by one: betas that do not reach betaEnd", "i / (T - 1)", "i / T"]]),
  ...inFile("schedule/src/fromAlphaBarFunction", [
    ["off by one: a continuous schedule from time 0 on", "(i + 1) / T", "i / T"],
  ]),
  ...inFile("schedule/src/tau/linearTau", [
    ["off by one in tau: linear, from 0 on", "i + 1", "i"],
    ["off by one in tau: linear, rounded up", "Math.floor((T * (i + 1)) / S)", "Math.ceil((T * (i + 1)) / S)"],
  ]),
  ...inFile("schedule/src/tau/quadraticTau", [
    ["off by one in tau: quadratic, from 0 on", "(i + 1) ** 2", "i ** 2"],
    [
      "a square forgotten in tau: quadratic is linear",
      "Math.floor((T * (i + 1) ** 2) / S ** 2)",
      "Math.floor((T * (i + 1)) / S)",
    ],
  ]),
  ...inFile("schedule/src/tau/leading", [
    ["off by one in tau: leading, from 0 on", "1 + offset + i * stride", "offset + i * stride"],
  ]),
  ...inFile("schedule/src/tau/trailing", [["off by one in tau: trailing, below T", "S - 1 - i", "S - i"]]),
  ...inFile("schedule/src/tau/linspace", [
    ["off by one in tau: linspace, from 0 on", "1 + roundHalfEven(i * stride)", "roundHalfEven(i * stride)"],
  ]),
  ...inFile("schedule/src/tau/authorsUniform", [
    ["off by one in tau: the authors' uniform, from 0 on", "1 + i * stride", "i * stride"],
  ]),
  ...inFile("schedule/src/tau/authorsQuad", [["T for 0.8 T in the authors' quad", "T * 0.8", "T"]]),
  ...inFile("schedule/src/rescaleZeroTerminalSnr", [
    [
      "a square forgotten: √a shifted, a not",
      "((Math.sqrt(ab) - last) * scale) ** 2",
      "(Math.sqrt(ab) - last) * scale",
    ],
  ]),
  ...inFile("schedule/src/grid/karrasGrid", [
    ["rho for 1/rho: Karras's grid inside out", "max ** (1 / rho)", "max ** rho"],
  ]),
  ...inFile("samplers/src/moves", [
    [
      "the last move forgotten: sampling ends at tau_1",
      "[0, ...explicitTau(path, schedule.T)]",
      "explicitTau(tau, schedule.T)",
    ],
    [
      "the wrong alpha-bar in the last move: alphaBar[1] for 1",
      "schedule.alphaBar[s]!",
      "schedule.alphaBar[Math.max(1, s)]!",
    ],
    ["off by one: alphaBar[t - 1] for alphaBar[t]", "schedule.alphaBar[t]!", "schedule.alphaBar[Math.max(0, t - 1)]!"],
    ["encoding skips its first move", "[from, ...stops]", "stops"],
  ]),
  ...inFile("samplers/src/ddim", [
    ["a dropped sigma: √(1 - a_s) for √(1 - a_s - sigma²) in (12)", "epsEta(abT, abS, eta)", "Math.sqrt(1 - abS)"],
    [
      "a dropped sigma: no fresh noise in (12)",
      "Math.min(sigmaEta(move.alphaBarT, move.alphaBarS, e), maxSigma(move.alphaBarS))",
      "0",
    ],
    [
      "beta for beta-tilde: eta·√(1 - a_t/a_s) in (12)",
      "sigmaEta(move.alphaBarT, move.alphaBarS, e)",
      "e * Math.sqrt(1 - move.alphaBarT / move.alphaBarS)",
    ],
    ["a root dropped: a_s·x0 in (12)", "Math.sqrt(move.alphaBarS)", "move.alphaBarS"],
    ["t for s: √a_t·x0 in (12)", "Math.sqrt(move.alphaBarS)", "Math.sqrt(move.alphaBarT)"],
    [
      "alpha for alpha-bar: √(a_t/a_s)·x0 in (12)",
      "Math.sqrt(move.alphaBarS)",
      "Math.sqrt(move.alphaBarT / move.alphaBarS)",
    ],
    ["eta of the first move for all", "etas(i, move)", "etas(0, move)"],
  ]),
  ...inFile("samplers/src/fromSigmas", [
    ["a dropped sigma: √(1 - a_s)·eps beside sigma·z", "Math.sqrt((most - sigma) * (most + sigma))", "most"],
    ["off by one: the sigma of the next move", "sigmas[i]!", "sigmas[Math.min(i + 1, path.length - 1)]!"],
  ]),
  ...inFile("samplers/src/ddpm", [
    ["beta for beta-tilde: DDPM's small variance is the large one", "sigmaEta(abT, abS, 1)", "sigmaHat(abT, abS)"],
    ["beta-tilde for beta: DDPM's large variance is the small one", "sigmaHat(abT, abS)", "sigmaEta(abT, abS, 1)"],
    ["alpha-bar for alpha: √a_t in the posterior's mean", "Math.sqrt(abT / abS)", "Math.sqrt(abT)"],
    ["alpha-bar for beta: 1 - a_t in the posterior's mean", "abS - abT", "1 - abT"],
    ["noise in the last move", "abS === 1 ? 0 : noise", "noise"],
  ]),
  ...inFile("samplers/src/exponentialStep", [
    ["alpha-bar for sigma: √a ratios carry x in DPM-Solver++", "noiseS / noiseT", "signalS / signalT"],
    [
      "a wrong sign: DPM-Solver goes to more noise",
      "-gap / (signalT * (noiseT * signalS + noiseS * signalT))",
      "gap / (signalT * (noiseT * signalS + noiseS * signalT))",
    ],
    ["h for 2h in the SDE", "2 * h", "h"],
    ["a dropped sigma: the SDE without its noise", "sigmaEta(abT, abS, 1)", "0"],
  ]),
  ...inFile("samplers/src/heunRows", [
    [
      "the slope where Euler's move ends counts fully",
      "(Math.sqrt(abS) * eulerStep(move, s)) / 2",
      "Math.sqrt(abS) * eulerStep(move, s)",
    ],
    ["a wrong sign in Heun's correction", "[slope, -slope]", "[-slope, slope]"],
    ["a wrong sign: Heun's slope of x0", "-half / noiseToSignal(abS)", "half / noiseToSignal(abS)"],
  ]),
  ...inFile("samplers/src/multistepWeights", [
    ["a wrong sign: earlier predictions are taken away", "then[j]!", "-then[j]!"],
  ]),
  ...inFile("samplers/src/adamsBashforth", [["a wrong weight of Adams and Bashforth", "37 / 24", "36 / 24"]]),
  ...inFile("samplers/src/sigmaHat", [
    ["sigma for sigma-hat", "largeSigma(row.alphaBarT, row.alphaBarS)", "row.sigma"],
    ["the mean of eta = 0 for that of eta = 1", "ddim({ eta: 1 })", "ddim({ eta: 0 })"],
    [
      "noise in the last move of sigma-hat",
      "row.alphaBarS === 1 ? 0 : largeSigma(row.alphaBarT, row.alphaBarS)",
      "largeSigma(row.alphaBarT, row.alphaBarS)",
    ],
  ]),
  ...inFile("samplers/src/encodeOptions", [
    ["source for target: encoders evaluate at the other end", 'evaluateAt === "target"', 'evaluateAt !== "target"'],
    ["the network is asked at t = 0", "Math.max(move.t, 1)", "move.t"],
  ]),
  ...inFile("samplers/src/ddimEncode", [
    ["target for source: whatever is asked for", "encodingTime(move, evaluateAt)", "move.s"],
    ["t for s: √(1 - a_t)·eps when encoding", "Math.sqrt(1 - move.alphaBarS)", "Math.sqrt(1 - move.alphaBarT)"],
  ]),
  ...inFile("samplers/src/eulerStep", [
    ["a wrong sign: sigma_t - sigma_s in (13)", "abT - abS", "abS - abT"],
    [
      "a wrong sign: sigma_s - sigma_t below the squares' difference",
      "noiseToSignal(abS) + noiseToSignal(abT)",
      "noiseToSignal(abS) - noiseToSignal(abT)",
    ],
  ]),
  ...inFile("samplers/src/probabilityFlowStep", [
    ["a forgotten half in (15)", "2 * noiseToSignal(ab)", "noiseToSignal(ab)"],
    [
      "source for target: the drift of (15) where the move starts",
      "time === t ? abT : time === s ? abS : schedule.alphaBar[time]!",
      "abT",
    ],
  ]),
  ...inFile("samplers/src/odeRow", [
    ["xbar upside down: √(a_t/a_s)·x", "abS / abT", "abT / abS"],
    ["a root dropped: (a_s/a_t)·x", "Math.sqrt(abS / abT)", "abS / abT"],
    ["xbar for x: a step that is not scaled back", "Math.sqrt(abS) * step(move, time)", "step(move, time)"],
  ]),
  ...inFile("samplers/src/outputMap", [
    ["a wrong sign: x_t + √(1 - a_t)·eps in (9)", "[1 / signal, -noise / signal]", "[1 / signal, noise / signal]"],
    ["a root dropped: (1 - a_t)·eps in (9)", "Math.sqrt(1 - alphaBar)", "1 - alphaBar"],
    ["a wrong sign: √a·x + √(1 - a)·v", "[signal, -noise]", "[signal, noise]"],
    ["√(1 - a) for 1 - a: x0 from a score", "(1 - alphaBar) / signal", "noise / signal"],
  ]),
  ...inFile("samplers/src/execute", [
    ["the changed x0 is not used: clipping has no effect", "j === 0 ? x0 : x0s[j]", "x0s[j]"],
    ["one noise for every move", "foldIn(key!, step)", "foldIn(key!, 0)"],
    ["the corrector draws the move's own noise", "foldIn(key, -1 - step)", "foldIn(key, step)"],
    ["t for time: the network is asked where the move starts", "denoiser(x, row.time)", "denoiser(x, row.t)"],
    ["a dropped sigma: no fresh noise in any move", "row.sigma > 0", "false"],
    [
      "a wrong sign: the score points uphill for eps",
      "-c / Math.sqrt(1 - row.alphaBarS)",
      "c / Math.sqrt(1 - row.alphaBarS)",
    ],
    ["t for s: the corrector's score where the move began", "denoiser(at, row.s)", "denoiser(at, row.t)"],
    [
      "eps of the wrong alphaBar for the corrector",
      "outputMap(prediction, row.alphaBarS)",
      "outputMap(prediction, row.alphaBarT)",
    ],
  ]),
  ...inFile("samplers/src/ascend", [
    ["a forgotten 2: √step·z in Langevin's step", "Math.sqrt(2 * step)", "Math.sqrt(step)"],
    ["a root dropped: 2 step·z in Langevin's step", "Math.sqrt(2 * step)", "2 * step"],
    ["one noise for all of Langevin's steps", "foldIn(key!, i)", "foldIn(key!, 0)"],
  ]),
  ...inFile("samplers/src/asX0", [
    ["off by one: x0 at alphaBar[t - 1]", "alphaBarAt(schedule, t)", "alphaBarAt(schedule, t - 1)"],
  ]),
  ...inFile("samplers/src/classifierFree", [
    ["condition and no condition exchanged in guidance", "[s, 1 - s]", "[1 - s, s]"],
    ["guidance that does not subtract what it goes beyond", "[s, 1 - s]", "[s, 1]"],
  ]),
  ...inFile("samplers/src/learnedVariance", [
    ["small and large variance exchanged in the range", "(large - small) / 2", "(small - large) / 2"],
    ["a learned log-variance taken for that of a deviation", "1 / 2", "1"],
  ]),
  ...inFile("samplers/src/noised", [
    ["a root dropped: (1 - a)·z in the noised image", "Math.sqrt(1 - alphaBar)", "1 - alphaBar"],
  ]),
  ...inFile("samplers/src/replaceKnown", [
    ["a root dropped: (1 - a)·z in what is known", "Math.sqrt(1 - alphaBar)", "1 - alphaBar"],
    ["what is known put back without its noise", "blend(noisy, x)", "blend(known, x)"],
  ]),
  ...inFile("samplers/src/edmPreconditioning", [
    ["EDM's input scaled by the noise alone", "1 / total", "1 / sigma"],
    ["EDM's c_skip without its square", "(sigmaData / total) ** 2", "sigmaData / total"],
  ]),
  ...inFile("samplers/src/clipX0", [["clipping on one side only", "Math.max(-limit, value)", "value"]]),
  ...inFile("samplers/src/dynamicThreshold", [
    [
      "thresholding without dividing",
      "Math.min(bound, Math.max(-bound, value)) / bound",
      "Math.min(bound, Math.max(-bound, value))",
    ],
  ]),
  ...inFile("samplers/src/slerp", [
    ["straight for spherical interpolation", "Math.sin((1 - u) * angle) / Math.sin(angle)", "1 - u"],
    [
      "slerp from the wrong end",
      "Math.sin((1 - u) * angle) / Math.sin(angle)",
      "Math.sin(u * angle) / Math.sin(angle)",
    ],
    [
      "half of slerp's angle",
      "2 * Math.atan2(norm(unitA.map((v, i) => v - unitB[i]!)), norm(unitA.map((v, i) => v + unitB[i]!)))",
      "Math.atan2(norm(unitA.map((v, i) => v - unitB[i]!)), norm(unitA.map((v, i) => v + unitB[i]!)))",
    ],
  ]),
  ...inFile("samplers/src/tauFrom", [["a repeated start: tau from t on has t twice", "entry < t", "entry <= t"]]),
  ...inFile("samplers/src/range", [["off by one: the last move left out", "last + 1", "last"]]),
];
