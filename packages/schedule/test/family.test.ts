import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  betas,
  elboWeights,
  epsEta,
  forwardKernel,
  fromAlphaBar,
  linear,
  linearAlphaBar,
  maxSigma,
  type Move,
  moveBeta,
  posterior,
  sigmaEta,
  sigmaHat,
} from "../src/index.ts";
import { fractions, moves, schedules } from "./arbitraries.ts";
import { exact, one, over, relativeError, root, times } from "./exact.ts";

const close = (got: number, want: number, tolerance = 1e-13, scale = Math.abs(want)) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * scale);

/** Moves by eta in [0, 1], or by any fraction of the largest sigma. */
const anyMoves = fc.tuple(moves, fractions, fc.boolean()).map(([{ schedule, t, s }, fraction, byEta]) => {
  const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
  const move: Move = byEta ? { t, s, eta: fraction } : { t, s, sigma: fraction * maxSigma(abS) };
  return { schedule, move, abT, abS, t, s };
});

describe("against 500-bit arithmetic, for logSnr from -40 to 20", () => {
  const GOOD = 1e-14;

  /** Eqs. (7), (8), (16) as the paper writes them. */
  const textbook = (abTNumber: number, abSNumber: number, variance: (markov: bigint) => bigint) => {
    const [abT, abS] = [exact(abTNumber), exact(abSNumber)];
    const markov = times(over(one - abS, one - abT), over(abS - abT, abS));
    const sigma2 = variance(markov);
    const xtCoef = root(over(one - abS - sigma2, one - abT));
    const gain = abS === one ? 0n : over(root(times(one - abS - sigma2, one - abT)), one - abS);
    return {
      sigma: root(sigma2),
      rest: root(one - abS - sigma2),
      posterior: { x0Coef: root(abS) - times(xtCoef, root(abT)), xtCoef },
      forward: {
        x0Coef: root(abT) - times(gain, root(abS)),
        xsCoef: gain,
        sigma: abS === one ? root(one - abT) : root(over(times(sigma2, one - abT), one - abS)),
      },
    };
  };

  test("eta in [0, 1]: posterior, forward kernel, sigmaEta and epsEta are right to 1e-14, relatively", () =>
    fc.assert(
      fc.property(moves, fractions, ({ schedule, t, s }, eta) => {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        fc.pre(abT < 1 && (eta === 0 || eta > 1e-50));
        const square = times(exact(eta), exact(eta));
        const want = textbook(abT, abS, (markov) => times(square, markov));
        const got = posterior(schedule, { t, s, eta });
        const kernel = forwardKernel(schedule, { t, s, eta });
        expect(relativeError(sigmaEta(abT, abS, eta), want.sigma)).toBeLessThan(GOOD);
        expect(relativeError(epsEta(abT, abS, eta), want.rest)).toBeLessThan(GOOD);
        expect(relativeError(got.x0Coef, want.posterior.x0Coef)).toBeLessThan(GOOD);
        expect(relativeError(got.xtCoef, want.posterior.xtCoef)).toBeLessThan(GOOD);
        expect(got.sigma).toBe(sigmaEta(abT, abS, eta));
        expect(relativeError(kernel.xsCoef, want.forward.xsCoef)).toBeLessThan(GOOD);
        expect(relativeError(kernel.sigma, want.forward.sigma)).toBeLessThan(GOOD);
        // at eta = 1 the two terms cancel but for the last of the 500 bits
        if (eta === 1 && s > 0) expect(kernel.x0Coef).toBe(0);
        else expect(relativeError(kernel.x0Coef, want.forward.x0Coef)).toBeLessThan(GOOD);
      }),
      { numRuns: 300 },
    ));

  test("sigma up to 99 % of its maximum: posterior and forward kernel are right to 1e-13", () =>
    fc.assert(
      fc.property(moves, fc.double({ min: 0, max: 0.99, noNaN: true }), ({ schedule, t, s }, fraction) => {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        fc.pre(abT < 1 && (fraction === 0 || fraction > 1e-50));
        const sigma = fraction * maxSigma(abS);
        const want = textbook(abT, abS, () => times(exact(sigma), exact(sigma)));
        const got = posterior(schedule, { t, s, sigma });
        const kernel = forwardKernel(schedule, { t, s, sigma });
        expect(relativeError(got.x0Coef, want.posterior.x0Coef)).toBeLessThan(1e-13);
        expect(relativeError(got.xtCoef, want.posterior.xtCoef)).toBeLessThan(1e-13);
        expect(relativeError(kernel.xsCoef, want.forward.xsCoef)).toBeLessThan(1e-13);
        expect(relativeError(kernel.sigma, want.forward.sigma)).toBeLessThan(1e-13);
        // a difference, near 0 where the noise is that of eta = 1: compare with its terms
        const scale = Math.abs(kernel.x0Coef) + kernel.xsCoef * Math.sqrt(abS) + Math.sqrt(abT);
        const difference = exact(kernel.x0Coef) - want.forward.x0Coef;
        expect(Math.abs(Number(difference >> 400n)) / 2 ** 100).toBeLessThanOrEqual(1e-13 * scale);
      }),
      { numRuns: 300 },
    ));

  test("eta from 1 to 99 % of its largest: sigmaEta and epsEta are right to 1e-13", () =>
    fc.assert(
      fc.property(moves, fc.double({ min: 0, max: 0.99, noNaN: true }), ({ schedule, t, s }, fraction) => {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        fc.pre(s > 0 && abT < abS && abS < 1);
        const eta = 1 + fraction * (maxSigma(abS) / sigmaEta(abT, abS, 1) - 1);
        fc.pre(eta < 1e6);
        const want = textbook(abT, abS, (markov) => times(times(exact(eta), exact(eta)), markov));
        expect(relativeError(sigmaEta(abT, abS, eta), want.sigma)).toBeLessThan(1e-13);
        // where eta cannot be far above 1 the difference to its largest is itself rounded
        const distance = 1 - sigmaEta(abT, abS, eta) / maxSigma(abS);
        fc.pre(distance > 0);
        expect(relativeError(epsEta(abT, abS, eta), want.rest)).toBeLessThan(1e-14 + 1e-15 / distance);
      }),
      { numRuns: 300 },
    ));

  test("moveBeta and sigmaHat", () =>
    fc.assert(
      fc.property(moves, ({ schedule, t, s }) => {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        const want = one - over(exact(abT), exact(abS));
        expect(relativeError(moveBeta(abT, abS), want)).toBeLessThan(GOOD);
        expect(relativeError(sigmaHat(abT, abS), root(want))).toBeLessThan(GOOD);
      }),
    ));
});

describe("Lemma 1", () => {
  test("one move takes N(sqrt(abT) x0, (1 - abT) I) to N(sqrt(abS) x0, (1 - abS) I), for any admissible noise", () =>
    fc.assert(
      fc.property(anyMoves, ({ schedule, move, abT, abS }) => {
        const { x0Coef, xtCoef, sigma } = posterior(schedule, move);
        expect(x0Coef).toBeGreaterThanOrEqual(0);
        expect(xtCoef).toBeGreaterThanOrEqual(0);
        close(x0Coef + xtCoef * Math.sqrt(abT), Math.sqrt(abS));
        close(xtCoef ** 2 * (1 - abT) + sigma ** 2, 1 - abS);
      }),
    ));

  test("so does a whole chain with other noise at every move, to machine precision", () =>
    fc.assert(
      fc.property(schedules, fc.infiniteStream(fractions), (schedule, noise) => {
        const { T, alphaBar } = schedule;
        let [mean, variance] = [Math.sqrt(alphaBar[T]!), 1 - alphaBar[T]!];
        for (let t = T; t >= 1; t--) {
          const most = maxSigma(alphaBar[t - 1]!);
          const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, sigma: most * noise.next().value });
          [mean, variance] = [x0Coef + xtCoef * mean, xtCoef ** 2 * variance + sigma ** 2];
          close(mean, Math.sqrt(alphaBar[t - 1]!));
          close(variance, 1 - alphaBar[t - 1]!);
        }
      }),
    ));
});

describe("the forward kernel (8)", () => {
  test("is Bayes' rule: it gives x_s and x_t the joint distribution that the posterior gives them", () =>
    fc.assert(
      fc.property(anyMoves, ({ schedule, move, abT, abS }) => {
        const reverse = posterior(schedule, move);
        const forward = forwardKernel(schedule, move);
        const scale = Math.abs(forward.x0Coef) + forward.xsCoef * Math.sqrt(abS) + Math.sqrt(abT);
        close(forward.x0Coef + forward.xsCoef * Math.sqrt(abS), Math.sqrt(abT), 1e-13, scale);
        close(forward.xsCoef ** 2 * (1 - abS) + forward.sigma ** 2, 1 - abT);
        if (abS < 1) close(forward.xsCoef * (1 - abS), reverse.xtCoef * (1 - abT));
      }),
    ));

  test("does not depend on x_0 at eta = 1, where it is DDPM's step with variance beta", () =>
    fc.assert(
      fc.property(moves, ({ schedule, t, s }) => {
        fc.pre(s > 0 && schedule.alphaBar[s]! < 1);
        const forward = forwardKernel(schedule, { t, s, eta: 1 });
        const beta = moveBeta(schedule.alphaBar[t]!, schedule.alphaBar[s]!);
        expect(forward.x0Coef).toBe(0);
        close(forward.sigma ** 2, beta);
        close(forward.xsCoef, Math.sqrt(schedule.alphaBar[t]! / schedule.alphaBar[s]!));
      }),
    ));

  test("depends on x_0 at any other eta: there the process is not Markovian", () =>
    fc.assert(
      fc.property(moves, fractions, ({ schedule, t, s }, eta) => {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        fc.pre(s > 0 && eta < 1 && abT < abS && abS < 1);
        expect(forwardKernel(schedule, { t, s, eta }).x0Coef).toBeLessThan(0);
      }),
    ));
});

test("eta = 1 is Ho's posterior, mean and variance", () =>
  fc.assert(
    fc.property(schedules, (schedule) => {
      const beta = betas(schedule);
      for (let t = 1; t <= schedule.T; t++) {
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[t - 1]!];
        if (abT === 1) continue;
        const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, eta: 1 });
        close(x0Coef, (Math.sqrt(abS) * beta[t]!) / (1 - abT));
        close(xtCoef, (Math.sqrt(abT / abS) * (1 - abS)) / (1 - abT));
        close(sigma ** 2, (beta[t]! * (1 - abS)) / (1 - abT));
      }
    }),
  ));

test("sigma grows with eta, from 0 to Ho's small variance and, beyond, to its maximum; sigmaHat is above the small one", () =>
  fc.assert(
    fc.property(moves, fractions, ({ schedule, t, s }, eta) => {
      const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
      expect(sigmaEta(abT, abS, 0)).toBe(0);
      close(sigmaEta(abT, abS, eta), eta * sigmaEta(abT, abS, 1), 1e-15);
      expect(sigmaEta(abT, abS, 1)).toBeLessThanOrEqual(maxSigma(abS) * (1 + 1e-15));
      expect(sigmaHat(abT, abS)).toBeGreaterThanOrEqual(sigmaEta(abT, abS, 1) * (1 - 1e-15));
    }),
  ));

test("a level that repeats is a move that changes nothing", () => {
  const schedule = fromAlphaBar([1, 0.5, 0.5]);
  expect(posterior(schedule, { t: 3, eta: 1 })).toEqual({ x0Coef: 0, xtCoef: 1, sigma: 0 });
  expect(posterior(schedule, { t: 1, eta: 1 })).toEqual({ x0Coef: 0, xtCoef: 1, sigma: 0 });
  expect(forwardKernel(schedule, { t: 3, eta: 1 })).toEqual({ x0Coef: 0, xsCoef: 1, sigma: 0 });
});

test("at a level that repeats epsEta is all of the noise, also where there is none, for any eta", () => {
  for (const eta of [0, 0.5, 1, 7]) {
    expect(epsEta(1, 1, eta)).toBe(0);
    expect(epsEta(0.36, 0.36, eta)).toBeCloseTo(0.8, 15);
    expect(sigmaEta(1, 1, eta)).toBe(0);
  }
});

test("noise that exceeds its maximum by rounding is its maximum; more is refused", () => {
  const schedule = fromAlphaBar([0.9, 0.5]);
  const most = maxSigma(0.9);
  const at = posterior(schedule, { t: 2, sigma: most });
  for (const sigma of [most, most * (1 + 5e-15)]) {
    const { x0Coef, xtCoef } = posterior(schedule, { t: 2, sigma });
    expect(xtCoef).toBe(0);
    close(x0Coef, at.x0Coef);
    expect(forwardKernel(schedule, { t: 2, sigma }).xsCoef).toBe(0);
  }
  const eta = (most * (1 + 5e-15)) / sigmaEta(0.5, 0.9, 1);
  expect(epsEta(0.5, 0.9, eta)).toBeNaN();
  expect(posterior(schedule, { t: 2, eta }).xtCoef).toBe(0);
  for (const excess of [1.5e-14, 1e-3, 1, Infinity, NaN]) {
    expect(() => posterior(schedule, { t: 2, sigma: most * (1 + excess) })).toThrow(
      /posterior: sigma must be in \[0, 0.316/,
    );
    expect(() => forwardKernel(schedule, { t: 2, sigma: most * (1 + excess) })).toThrow(/forwardKernel: sigma must/);
  }
  expect(() => posterior(schedule, { t: 2, sigma: -1e-9 })).toThrow(RangeError);
});

test.each([
  [1, 1],
  [1, 2],
  [4, 1],
  [2, -1],
  [0, -1],
  [2, 0.5],
  [1.5, 1],
  [NaN, 0],
  [2, NaN],
])("a move from t = %s to s = %s of three levels is no move", (t, s) => {
  for (const kernel of [posterior, forwardKernel])
    expect(() => kernel(fromAlphaBar([0.9, 0.5, 0.1]), { t, s, sigma: 0 })).toThrow(
      /0 <= s < t <= T = 3 must be integers/,
    );
});

test("zero terminal SNR: the first move keeps nothing but x_0, for eta = 1 with all the noise that there is", () => {
  const schedule = linearAlphaBar({ T: 4 });
  const { x0Coef, xtCoef, sigma } = posterior(schedule, { t: 4, eta: 1 });
  close(x0Coef, 0.5);
  expect(xtCoef).toBe(0);
  close(sigma, Math.sqrt(0.75));
  const forward = forwardKernel(schedule, { t: 4, eta: 1 });
  expect([forward.x0Coef, forward.xsCoef]).toEqual([0, 0]);
  close(forward.sigma, 1);
});

describe("Theorem 1", () => {
  const values = fc.integer({ min: -200, max: 200 }).map((n) => n / 64);

  test("gamma_t times the squared error of eps is the KL of the two reverse kernels, computed in 500 bits", () =>
    fc.assert(
      fc.property(
        moves.filter(({ schedule, t }) => schedule.alphaBar[t]! > 0 && schedule.alphaBar[t]! < 1),
        fc.double({ min: 1e-3, max: 0.99, noNaN: true }),
        fc.record({ x0: values, eps: values, epsHat: values }),
        ({ schedule, t }, fraction, { x0, eps, epsHat }) => {
          const sigmas = schedule.alphaBar.map((_, i) => fraction * (i > 1 ? maxSigma(schedule.alphaBar[i - 1]!) : 1));
          const [abT, abS] = [exact(schedule.alphaBar[t]!), exact(schedule.alphaBar[t - 1]!)];
          const sigma = exact(sigmas[t]!);
          const xt = times(root(abT), exact(x0)) + times(root(one - abT), exact(eps));
          const x0Hat = over(xt - times(root(one - abT), exact(epsHat)), root(abT));
          // the mean of (7), or of the decoder at t = 1, given either x0
          const rest = t === 1 ? 0n : root(one - abS - times(sigma, sigma));
          const mean = (x: bigint) =>
            times(root(abS), x) + times(rest, over(xt - times(root(abT), x), root(one - abT)));
          const apart = mean(exact(x0)) - mean(x0Hat);
          const kl = over(times(apart, apart), 2n * times(sigma, sigma));
          const gamma = elboWeights(schedule, sigmas)[t]!;
          expect(gamma).toBeGreaterThan(0);
          // rounding of x0Hat in the last of the 500 bits is all that keeps equal eps apart
          if (eps === epsHat) expect(kl < exact(1e-100)).toBe(true);
          else expect(relativeError(gamma * (eps - epsHat) ** 2, kl)).toBeLessThan(1e-12);
        },
      ),
      { numRuns: 200 },
    ));

  test("gamma against the paper's formula on the linear schedule, at eta = 1 and at half the largest sigma", () => {
    const schedule = linear({ T: 100, betaStart: 0.001, betaEnd: 0.2 });
    const { alphaBar } = schedule;
    for (const sigma of [
      (t: number) => sigmaEta(alphaBar[t]!, alphaBar[t - 1]!, 1),
      (t: number) => 0.5 * maxSigma(alphaBar[t - 1]!),
    ]) {
      const sigmas = alphaBar.map((_, t) => (t > 1 ? sigma(t) : 0.3));
      const gamma = elboWeights(schedule, sigmas);
      expect(gamma.length).toBe(101);
      expect(gamma[0]).toBe(0);
      close(gamma[1]!, (1 - alphaBar[1]!) / (2 * 0.09 * alphaBar[1]!));
      for (let t = 2; t <= 100; t++) {
        const [a, b, v] = [alphaBar[t]!, alphaBar[t - 1]!, sigmas[t]! ** 2];
        const paper =
          ((Math.sqrt(b) - (Math.sqrt(1 - b - v) * Math.sqrt(a)) / Math.sqrt(1 - a)) ** 2 * (1 - a)) / (2 * v * a);
        close(gamma[t]!, paper, 1e-10);
      }
    }
  });

  test("at zero terminal SNR the last weight is infinite, as eps says nothing about x_0 there", () => {
    const schedule = linearAlphaBar({ T: 3 });
    expect(elboWeights(schedule, [0, 0.1, 0.1, 0.1])[3]).toBe(Infinity);
  });

  test("refuses lists of another length, sigmas of 0 and inadmissible ones", () => {
    const schedule = linear({ T: 3, betaStart: 0.1, betaEnd: 0.3 });
    expect(() => elboWeights(schedule, [0.1, 0.1, 0.1])).toThrow(/T \+ 1 = 4 entries, got 3/);
    for (const bad of [0, -0.1, NaN, Infinity])
      expect(() => elboWeights(schedule, [0, bad, 0.1, 0.1])).toThrow(/sigmas\[1\]/);
    expect(() => elboWeights(schedule, [0, 0.1, 0.1, 0.9])).toThrow(RangeError);
    expect(elboWeights(schedule, [0, 5, 0.1, 0.1])[1]).toBeGreaterThan(0);
  });
});

describe("bad moves are refused:", () => {
  const schedule = linear({ T: 5, betaStart: 0.1, betaEnd: 0.3 });
  const most = maxSigma(schedule.alphaBar[2]!);
  test.each<[string, Move]>([
    ["t above T", { t: 6, sigma: 0 }],
    ["t = 0", { t: 0, sigma: 0 }],
    ["s = t", { t: 3, s: 3, sigma: 0 }],
    ["s below 0", { t: 3, s: -1, sigma: 0 }],
    ["a fractional t", { t: 2.5, s: 1, sigma: 0 }],
    ["a negative sigma", { t: 3, sigma: -0.1 }],
    ["too large a sigma", { t: 3, sigma: most * 1.001 }],
    ["a sigma that is no number", { t: 3, sigma: NaN }],
    ["noise on the way to clean data", { t: 1, sigma: 0.1 }],
    ["a negative eta", { t: 3, eta: -1 }],
    ["too large an eta", { t: 3, eta: 3 }],
  ])("%s", (_, move) => {
    expect(() => posterior(schedule, move)).toThrow(/^posterior: .* must be .*, got .*; /);
    expect(() => forwardKernel(schedule, move)).toThrow(/^forwardKernel: .* must be .*, got .*; /);
  });
});
