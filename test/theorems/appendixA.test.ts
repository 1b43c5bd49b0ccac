import {
  atIndex,
  discreteDdim,
  drawMarginal,
  empirical,
  forwardKernel,
  fromKeeps,
  implicit,
  independent,
  marginal,
  markovKernel,
  maxKeep,
  multinomial,
  posterior,
  posteriorKl,
  priorKl,
  reverseKernel,
  sample,
  trajectory,
  type Planner,
  type Row,
  type Table,
} from "@nonmarkov/discrete";
import { foldIn, key, uniform, type Key } from "@nonmarkov/random";
import { cosine, linearTau, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, fraction, schedules, tausOf } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";
import { chiSquareTest } from "./statistics.ts";

const classCounts = fc.integer({ min: 2, max: 6 });
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A schedule, a sub-sequence, a number of classes, and for every move an admissible weight of x_t. */
const chains = (limits: { min?: number; max?: number; most?: number } = {}) =>
  schedules(limits).chain((schedule) =>
    fc.tuple(tausOf(schedule), classCounts, fc.infiniteStream(fraction)).map(([tau, classes, fractions]) => ({
      schedule,
      tau,
      classes,
      keeps: [0, ...tau.slice(0, -1)]
        .map((s, i) => {
          const share = fractions.next().value as number;
          return share * maxKeep(schedule.alphaBar[tau[i]!]!, schedule.alphaBar[s]!);
        })
        .reverse(),
    })),
  );

/** One move t → s with s >= 1 of every kind of member, and the one of multinomial diffusion. */
const rows = (limits: { min?: number; max?: number } = {}) =>
  fc
    .tuple(schedules({ ...limits, most: 8 }), fc.nat(), fc.nat(), classCounts, fraction)
    .filter(([{ T }]) => T >= 2)
    .map(([schedule, i, j, classes, share]) => {
      const t = 2 + (i % (schedule.T - 1));
      const s = 1 + (j % (t - 1));
      const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
      const first = (planner: Planner): Row => planner(schedule, [s, t]).rows[0]!;
      return {
        ...{ schedule, t, s, abT, abS, classes, share },
        member: first(fromKeeps([share * maxKeep(abT, abS), 0])),
        implicit: first(implicit()),
        eta1: first(discreteDdim({ eta: 1 })),
        markov: first(multinomial({ classes })),
      };
    });

/** Composes the kernels of a table, given x0 = 0, from q(x_T|x0), and compares with the marginal at every stop. */
const expectMarginals = ({ rows }: Table, classes: number): void => {
  let p = range(classes).map((k) => marginal(rows[0]!.alphaBarT, classes)(k, 0));
  for (const row of rows) {
    const q = posterior(row, classes);
    p = range(classes).map((xs) => sum(p.map((pt, xt) => pt * q(xs, xt, 0))));
    const want = marginal(row.alphaBarS, classes);
    p.forEach((got, k) => expectNear(got, want(k, 0)));
  }
};

test("Appendix A: from q(x_T|x0), every member of the family has q(x_t|x0) = Cat(a_t x0 + (1-a_t)/K) at every stop of any sub-sequence", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau, classes, keeps }) => {
      expectMarginals(fromKeeps(keeps)(schedule, tau), classes);
      expectMarginals(implicit()(schedule, tau), classes);
    }),
    { numRuns: 400 },
  );
});

test("Appendix A: so it is for every eta, also the largest of a move, and for multinomial diffusion, Markovian as it is", () => {
  let above1 = 0;
  fc.assert(
    fc.property(chains(), fraction, ({ schedule, tau, classes }, share) => {
      const ratios = [0, ...tau.slice(0, -1)].map((s, i) => {
        const [abT, abS] = [schedule.alphaBar[tau[i]!]!, schedule.alphaBar[s]!];
        return s === 0 || abT === abS ? Infinity : ((1 + abT) * abS) / (abS - abT);
      });
      const eta = share * Math.min(10, ...ratios);
      if (eta > 1) above1++;
      expectMarginals(discreteDdim({ eta })(schedule, tau), classes);
      expectMarginals(multinomial({ classes })(schedule, tau), classes);
    }),
    { numRuns: 400 },
  );
  expect(above1).toBeGreaterThan(50);
});

test("Appendix A: the weights s_t, a_s - s_t a_t and (1-a_s) - (1-a_t) s_t are all >= 0 for the admissible s_t, 0..(1-a_s)/(1-a_t), and for no other", () => {
  let refused = 0;
  fc.assert(
    fc.property(rows({ min: -8, max: 8 }), between(-1, 3), ({ schedule, t, s, abT, abS }, share) => {
      const most = (1 - abS) / (1 - abT);
      const keep = share * most;
      fc.pre(Math.min(Math.abs(keep), Math.abs(keep - most)) > 1e-10 * most);
      const weights = [keep, abS - keep * abT, 1 - abS - (1 - abT) * keep];
      const plan = (): Row => fromKeeps([keep, 0])(schedule, [s, t]).rows[0]!;
      if (weights.every((weight) => weight >= 0)) {
        const row = plan();
        [row.ofXt, row.ofX0, row.uniform].forEach((got, i) => expectNear(got, weights[i]!, 1e-12, 1));
        expect(Math.min(row.ofXt, row.ofX0, row.uniform)).toBeGreaterThanOrEqual(0);
      } else {
        refused++;
        expect(plan).toThrow(RangeError);
        expect(plan).toThrow(/^fromKeeps: the weight of x_t must be in 0\.\..*, got .*; /);
      }
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(100);
});

test("Appendix A: the implicit member, s_t = (1-a_s)/(1-a_t), has no uniform part, and is eta = 0", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau }) => {
      const { rows } = implicit()(schedule, tau);
      expect(discreteDdim({ eta: 0 })(schedule, tau).rows).toEqual(rows);
      for (const { ofXt, ofX0, uniform, uniformAtX0, alphaBarT: abT, alphaBarS: abS } of rows) {
        expect([uniform, uniformAtX0]).toEqual([0, 0]);
        expectNear(ofXt, (1 - abS) / (1 - abT));
        expectNear(ofXt + ofX0, 1);
      }
    }),
  );
});

/** The mean over x_t of the entropy of q(x_s | x_t, x_0 = 0). */
const entropy = (row: Row, classes: number): number => {
  const q = posterior(row, classes);
  return sum(
    range(classes).map((xt) => {
      const ps = range(classes).map((xs) => q(xs, xt, 0));
      return -marginal(row.alphaBarT, classes)(xt, 0) * sum(ps.map((p) => (p > 0 ? p * Math.log(p) : 0)));
    }),
  );
};

test("Appendix A: the larger s_t, the less random is x_s given x_t and x_0 (in mean entropy): the implicit member is the least stochastic, also beside multinomial diffusion", () => {
  fc.assert(
    fc.property(rows({ min: -8, max: 8 }), fraction, ({ schedule, t, s, classes, share, markov, ...row }, other) => {
      const [less, more] = [Math.min(share, other), Math.max(share, other)].map((part) => {
        const [planned] = fromKeeps([part * maxKeep(row.abT, row.abS), 0])(schedule, [s, t]).rows;
        return entropy(planned!, classes);
      }) as [number, number];
      expect(more).toBeLessThanOrEqual(less + 1e-14);
      expect(entropy(row.implicit, classes)).toBeLessThanOrEqual(Math.min(more, entropy(markov, classes)) + 1e-14);
    }),
  );
});

test("Appendix A, a caution: given one x_t other than x_0, the implicit member may be more random than another", () => {
  const schedule = { name: "two", T: 2, alphaBar: [1, 0.9, 0.1] };
  const of = (planner: Planner) => posterior(planner(schedule, [1, 2]).rows[0]!, 2)(0, 1, 0);
  expectNear(of(fromKeeps([0, 0])), 0.95);
  expectNear(of(implicit()), 8 / 9);
});

test("Appendix A: forwards, the implicit member leaves x_0 once, for any class, and stays there", () => {
  fc.assert(
    fc.property(rows(), ({ implicit: row, abT, abS, classes }) => {
      const q = forwardKernel(row, classes);
      expectNear(q(1, 1, 0), 1);
      for (const k of range(classes)) if (k !== 1) expect(q(k, 1, 0)).toBe(0);
      for (const k of range(classes).slice(1))
        expectNear(q(k, 0, 0), (abS - abT) / (abS + (1 - abS) / classes) / classes, 1e-12, 1);
    }),
  );
});

test("Appendix A: Bayes, q(x_s|x_0) q(x_t|x_s,x_0) = q(x_t|x_0) q(x_s|x_t,x_0), both kernels being distributions, for every member", () => {
  fc.assert(
    fc.property(rows(), (all) => {
      const { classes, abT, abS } = all;
      const [atT, atS] = [marginal(abT, classes), marginal(abS, classes)];
      for (const row of [all.member, all.implicit, all.eta1, all.markov]) {
        const [forward, reverse] = [forwardKernel(row, classes), posterior(row, classes)];
        for (const a of range(classes)) {
          expectNear(sum(range(classes).map((b) => forward(b, a, 0))), 1);
          expectNear(sum(range(classes).map((b) => reverse(b, a, 0))), 1);
          for (const b of range(classes))
            expectNear(atS(a, 0) * forward(b, a, 0), atT(b, 0) * reverse(a, b, 0), 1e-12, atT(b, 0));
        }
      }
    }),
  );
});

test("Appendix A: the process of a member is not Markovian, q(x_t|x_s,x_0) depends on x_0; that of multinomial diffusion is, with kernel Cat((a_t/a_s) x_s + (1-a_t/a_s)/K)", () => {
  fc.assert(
    fc.property(rows({ min: -4, max: 4 }), ({ classes, implicit: row, markov, abT, abS }) => {
      const [q, chain] = [forwardKernel(markov, classes), markovKernel(markov, classes)];
      for (const x0 of range(classes))
        for (const xs of range(classes)) for (const xt of range(classes)) expectNear(q(xt, xs, x0), chain(xt, xs));
      const other = forwardKernel(row, classes);
      if (abS - abT > 1e-3) expect(Math.abs(other(0, 0, 0) - other(0, 0, 1))).toBeGreaterThan(1e-6);
    }),
  );
});

test("Appendix A: multinomial's row is the posterior of that chain, q(x_t|x_s) q(x_s|x_0) / q(x_t|x_0)", () => {
  fc.assert(
    fc.property(rows(), ({ classes, markov, abT, abS }) => {
      const [atT, atS] = [marginal(abT, classes), marginal(abS, classes)];
      const chain = markovKernel(markov, classes);
      const q = posterior(markov, classes);
      for (const x0 of [0, 1])
        for (const xt of range(classes))
          for (const xs of range(classes)) {
            const want = (chain(xt, xs) * atS(xs, x0)) / atT(xt, x0);
            // where x_t is x_0 it is a complement of 1
            expectNear(q(xs, xt, x0), want, 1e-12, Math.max(want, xs === xt ? 1 : 0));
          }
    }),
  );
});

test("Appendix A: for two classes multinomial diffusion is the member with s_t = (a_t/a_s)(1-a_s²)/(1-a_t²), eta = 1", () => {
  fc.assert(
    fc.property(rows(), ({ schedule, t, s, abT, abS, eta1 }) => {
      const [markov] = multinomial({ classes: 2 })(schedule, [s, t]).rows;
      expectNear(eta1.ofXt, ((abT / abS) * ((1 - abS) * (1 + abS))) / ((1 - abT) * (1 + abT)), 1e-12);
      const [q, member] = [posterior(markov!, 2), posterior(eta1, 2)];
      for (const xt of [0, 1]) for (const xs of [0, 1]) expectNear(q(xs, xt, 0), member(xs, xt, 0), 1e-12, 1);
    }),
  );
});

test("Appendix A: for three classes or more it is no member: with its weight of x_t, a member's weight of x_0 is larger by a_t (1-a_s)(1-a_t/a_s)/(1-a_t)", () => {
  let apart = 0;
  fc.assert(
    fc.property(
      rows({ min: -8, max: 8 }).filter(({ classes }) => classes > 2),
      ({ schedule, t, s, abT, abS, classes, markov }) => {
        // where x_t is not x_0 and there is a third class, the three weights are determined by the probabilities
        const q = posterior(markov, classes);
        const [drawn, ofXt, ofX0] = [q(2, 1, 0), q(1, 1, 0) - q(2, 1, 0), q(0, 1, 0) - q(2, 1, 0)];
        expectNear(ofXt, markov.ofXt, 1e-12, 1);
        expectNear(ofX0, markov.ofX0, 1e-12, 1);
        expectNear(drawn, markov.uniform / classes, 1e-12, 1);
        const [member] = fromKeeps([markov.ofXt, 0])(schedule, [s, t]).rows;
        const gap = (abT * (1 - abS) * (abS - abT)) / abS / (1 - abT);
        expectNear(member!.ofX0 - markov.ofX0, gap, 1e-12, 1);
        if (gap > 1e-3) apart++;
      },
    ),
    { numRuns: 400 },
  );
  expect(apart).toBeGreaterThan(50);
});

test("Appendix A: it is one in trivial moves, to clean data, from pure noise or over no noise", () => {
  const schedule = { name: "trivial", T: 4, alphaBar: [1, 0.8, 0.3, 0.3, 0] };
  for (const classes of [2, 3, 5]) {
    const [fromNoise, still, , toData] = multinomial({ classes })(schedule, [1, 2, 3, 4]).rows;
    for (const { uniform, uniformAtX0 } of [fromNoise!, still!]) expectNear(uniform, uniformAtX0);
    const at = ({ ofXt, ofX0, uniform }: Row) => [ofXt, ofX0, uniform];
    expect(at(fromNoise!)).toEqual([0, 0.3, 0.7]);
    expect(at(toData!)).toEqual([0, 1, 0]);
    expect(at(still!)).toEqual([1, 0, 0]);
  }
});

test("Appendix A: at eta = 1 a member has P(x_s = x_t | x_0) in common with multinomial diffusion, for every K", () => {
  fc.assert(
    fc.property(rows(), ({ classes, markov, eta1, abT }) => {
      const [stays, want] = [eta1, markov].map((row) =>
        sum(range(classes).map((k) => marginal(abT, classes)(k, 0) * posterior(row, classes)(k, k, 0))),
      );
      expectNear(stays!, want!);
    }),
  );
});

/** p(x_s|x_t) as a function of two classes, from a prediction for each x_t. */
const reverseOf =
  (row: Row, classes: number, prediction: (xt: number) => ArrayLike<number>) =>
  (xt: number): Float64Array => {
    const out = new Float64Array(classes);
    reverseKernel(row, classes)(xt, prediction(xt), 0, out);
    return out;
  };

test("Appendix A: p(x_s|x_t) is the mean of q(x_s|x_t,x_0) over the predicted x_0, and q itself if the prediction is certain", () => {
  fc.assert(
    fc.property(rows(), fc.array(between(0, 1), { minLength: 6, maxLength: 6 }), (all, draws) => {
      const { classes } = all;
      const f = draws.slice(0, classes).map((p) => p + 1e-9);
      const total = sum(f);
      for (const row of [all.member, all.markov]) {
        const q = posterior(row, classes);
        for (const xt of range(classes)) {
          const p = reverseOf(row, classes, () => f.map((value) => value / total))(xt);
          for (const xs of range(classes))
            expectNear(p[xs]!, sum(f.map((value, x0) => (value / total) * q(xs, xt, x0))), 1e-12, 1);
          const certain = reverseOf(row, classes, () => range(classes).map((k) => (k === 1 ? 1 : 0)))(xt);
          for (const xs of range(classes)) expectNear(certain[xs]!, q(xs, xt, 1), 1e-12, 1);
        }
      }
    }),
  );
});

/** Distributions over K classes. */
const distributions = (classes: number) =>
  fc
    .array(between(0, 1), { minLength: classes, maxLength: classes })
    .map((draws) => draws.map((p) => (p + 1e-6) / sum(draws.map((d) => d + 1e-6))));

test("Appendix A: one coordinate is sampled exactly with the exact p(x_0|x_t), by every member, on any sub-sequence, in however few steps", () => {
  fc.assert(
    fc.property(
      chains({ min: -12, max: 12 }).chain((chain) => fc.tuple(fc.constant(chain), distributions(chain.classes))),
      ([{ schedule, tau, classes, keeps }, data]) => {
        const { x0 } = independent([data]);
        for (const planner of [fromKeeps(keeps), implicit(), multinomial({ classes })]) {
          const { rows } = planner(schedule, tau);
          const start = marginal(rows[0]!.alphaBarT, classes);
          let p = range(classes).map((xt) => sum(data.map((weight, k) => weight * start(xt, k))));
          for (const row of rows) {
            const reverse = reverseOf(row, classes, (xt) => x0(Int32Array.of(xt), row.alphaBarT));
            p = range(classes).map((xs) => sum(p.map((pt, xt) => pt * reverse(xt)[xs]!)));
          }
          p.forEach((got, k) => expectNear(got, data[k]!, 1e-11, 1));
        }
      },
    ),
  );
});

test("Appendix A: with the exact prediction the bound is at least the entropy, and for multinomial diffusion it is the entropy + KL(q(x_T) || uniform)", () => {
  fc.assert(
    fc.property(
      chains({ min: -8, max: 8, most: 10 }).chain((chain) =>
        fc.tuple(fc.constant(chain), distributions(chain.classes)),
      ),
      ([{ schedule, tau, classes, keeps }, data]) => {
        const { x0: exact } = independent([data]);
        const bound = ({ rows }: Table): number => {
          const terms = rows.map((row) => {
            const q = marginal(row.alphaBarT, classes);
            const kl = posteriorKl(row, classes);
            return sum(
              range(classes).map((xt) => {
                const prediction = exact(Int32Array.of(xt), row.alphaBarT);
                return sum(data.map((weight, x0) => weight * q(xt, x0) * kl(xt, x0, prediction)));
              }),
            );
          });
          return sum(terms) + priorKl(rows[0]!.alphaBarT, classes);
        };
        const atT = marginal(schedule.alphaBar[tau.at(-1)!]!, classes);
        const last = range(classes).map((xt) => sum(data.map((weight, k) => weight * atT(xt, k))));
        const least = -sum(data.map((p) => p * Math.log(p))) + sum(last.map((p) => p * Math.log(p * classes)));
        expectNear(bound(multinomial({ classes })(schedule, tau)), least, 1e-9, 1);
        for (const planner of [fromKeeps(keeps), implicit()])
          expect(bound(planner(schedule, tau))).toBeGreaterThan(least - 1e-9);
      },
    ),
  );
});

test("Appendix A: the KL of a move is 0 exactly where the prediction is x_0, and -log f(x_0) in the move to clean data", () => {
  let inexact = 0;
  fc.assert(
    fc.property(
      rows({ min: -4, max: 4 }).chain((all) => fc.tuple(fc.constant(all), distributions(all.classes))),
      ([{ classes, member, markov, implicit: least, abT, abS, schedule, s }, f]) => {
        for (const row of [member, markov, least])
          for (const xt of range(classes)) {
            const kl = posteriorKl(row, classes);
            const certain = range(classes).map((k) => (k === 1 ? 1 : 0));
            expectNear(kl(xt, 1, certain), 0, 1e-12, 1);
            if (abS - abT > 1e-2 && f[1]! < 0.9) {
              inexact++;
              expect(kl(xt, 1, f)).toBeGreaterThan(1e-9);
            }
          }
        const [last] = implicit()(schedule, [s]).rows;
        for (const xt of range(classes)) expectNear(posteriorKl(last!, classes)(xt, 1, f), -Math.log(f[1]!), 1e-12, 1);
      },
    ),
  );
  expect(inexact).toBeGreaterThan(100);
});

const planners: Record<string, (classes: number) => Planner> = {
  implicit: () => implicit(),
  "eta 0.5": () => discreteDdim({ eta: 0.5 }),
  "eta 1": () => discreteDdim({ eta: 1 }),
  multinomial: (classes) => multinomial({ classes }),
};

/** Two coordinates of three classes that depend on each other. */
const joint = [0.3, 0.02, 0.03, 0.01, 0.2, 0.04, 0.15, 0.05, 0.2];
const exactJoint = empirical({
  points: Int32Array.from(range(9).flatMap((i) => [Math.floor(i / 3), i % 3])),
  count: 9,
  classes: 3,
  weights: joint,
});
/** What a table makes of the two coordinates: the whole distribution, without a draw. */
const sampled = ({ rows }: Table): number[] => {
  let p = range(9).map(() => 1 / 9);
  for (const row of rows) {
    const next = range(9).map(() => 0);
    p.forEach((weight, i) => {
      const xt = [Math.floor(i / 3), i % 3];
      const f = exactJoint.x0(Int32Array.from(xt), row.alphaBarT);
      const [a, b] = xt.map((k, j) => reverseOf(row, 3, () => f.subarray(3 * j, 3 * j + 3))(k));
      a!.forEach((pa, ka) => b!.forEach((pb, kb) => (next[3 * ka + kb]! += weight * pa * pb)));
    });
    p = next;
  }
  return p;
};
const variation = (p: readonly number[], q: readonly number[]): number =>
  sum(p.map((value, i) => Math.abs(value - q[i]!))) / 2;
const fine: Schedule = cosine({ T: 512, maxBeta: 1 });

describe.each(Object.entries(planners))("Appendix A, dependent coordinates, %s", (_, planner) => {
  test("with the exact prediction the samples' distribution comes to that of the data as S grows, like 1/S", () => {
    const distances = [8, 16, 32, 64, 128, 256, 512].map((S) =>
      variation(sampled(planner(3)(fine, linearTau(512, S))), joint),
    );
    distances.slice(1).forEach((distance, i) => expect(distance).toBeLessThan(0.65 * distances[i]!));
    expect(distances.at(-1)).toBeLessThan(0.002);
  });

  test("the executor draws from this distribution, by chi-square with a fixed key", async () => {
    const n = 20_000;
    const table = planner(3)(fine, linearTau(512, 4));
    const p = sampled(table);
    // all 9 states equally often at the start
    const xT = Int32Array.from({ length: 2 * n }, (_, i) =>
      i % 2 === 0 ? Math.floor((i >> 1) / 3) % 3 : (i >> 1) % 3,
    );
    const denoiser = atIndex(exactJoint.x0, fine.alphaBar);
    const x = await sample({ table, denoiser, xT: xT.slice(0, 2 * n), rows: n, classes: 3, key: key(8) });
    const states = Int32Array.from({ length: n }, (_, i) => 3 * x[2 * i]! + x[2 * i + 1]!);
    expect(goodness(states, p, key(9))).toBeGreaterThan(0.001);
    expect(goodness(states, [...p.slice(1), p[0]!], key(9))).toBeLessThan(1e-6);
  });
});

/** p-value of the test that draws have these probabilities: spread evenly within its class, each is uniform on 0..1. */
const goodness = (draws: Int32Array, probabilities: readonly number[], k: Key): number => {
  const below = probabilities.map((_, i) => sum(probabilities.slice(0, i)));
  const spread = uniform(k, draws.length).map((u, i) => below[draws[i]!]! + u * probabilities[draws[i]!]!);
  return chiSquareTest(spread, (x) => x, 24);
};

const tau = [1, 3, 4, 8, 12];
const simulated = cosine({ T: 12 });
const chainOf = (share: (i: number) => number): Planner => {
  const keeps = [0, ...tau.slice(0, -1)].map(
    (s, i) => share(i) * maxKeep(simulated.alphaBar[tau[i]!]!, simulated.alphaBar[s]!),
  );
  return fromKeeps(keeps.reverse());
};
const families: Record<string, Planner> = {
  implicit: implicit(),
  "s_t = 0, x_s drawn anew": chainOf(() => 0),
  "a mixture": chainOf((i) => [0, 1, 0.3, 0.8, 0.5][i]!),
  multinomial: multinomial({ classes: 5 }),
};

describe.each(Object.entries(families))("Appendix A, simulated, %s", (name, planner) => {
  const n = 20_000;
  const own = foldIn(key(2010), Object.keys(families).indexOf(name));
  const table = planner(simulated, tau);
  const alphaBars = Array.from({ length: n }, () => table.rows[0]!.alphaBarT);
  const x0 = Int32Array.from(uniform(foldIn(own, 0), n), (u) => (u < 0.6 ? 1 : 4));
  /** The classes relative to the clean one: 0 is x_0 itself. */
  const relative = (x: Int32Array): Int32Array => x.map((value, i) => (value - x0[i]! + 5) % 5);
  const marginalOf = (ab: number) => range(5).map((k) => marginal(ab, 5)(k, 0));

  test("backwards from x_T with the x_0 that is known, and forwards by Bayes, x_t has its marginal at every stop, by chi-square", async () => {
    const xT = drawMarginal(x0, { alphaBars, classes: 5, key: foldIn(own, 1) });
    expect(goodness(relative(xT), marginalOf(alphaBars[0]!), foldIn(own, 2))).toBeGreaterThan(1e-4);
    const certain = new Float64Array(5 * n);
    x0.forEach((k, i) => (certain[5 * i + k] = 1));
    const run = { table, denoiser: () => certain, xT, rows: n, classes: 5, key: foldIn(own, 3) };
    let clean = xT;
    for await (const { s, x } of trajectory(run)) {
      clean = x;
      if (s > 0)
        expect(goodness(relative(x), marginalOf(simulated.alphaBar[s]!), foldIn(own, 10 + s))).toBeGreaterThan(1e-4);
    }
    expect(clean).toEqual(x0);

    let x = drawMarginal(x0, {
      alphaBars: alphaBars.map(() => simulated.alphaBar[1]!),
      classes: 5,
      key: foldIn(own, 4),
    });
    for (const row of table.rows.toReversed().slice(1)) {
      const q = forwardKernel(row, 5);
      const u = uniform(foldIn(own, 100 + row.t), n);
      x = x.map((xs, i) => {
        let rest = u[i]!;
        return range(5).find((k) => (rest -= q(k, xs, x0[i]!)) < 0) ?? 4;
      });
      expect(goodness(relative(x), marginalOf(row.alphaBarT), foldIn(own, 200 + row.t))).toBeGreaterThan(1e-4);
    }
  });
});
