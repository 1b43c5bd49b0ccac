import type { Results, WrittenInterval } from "./results.ts";
import { stepsOf } from "./steps-of.ts";

/** Something that the paper's tables and figures show, looked for in ours. */
export type Trend = {
  /** What the paper shows. */
  readonly claim: string;
  readonly seen: boolean;
  /** The numbers that it was looked for in. */
  readonly evidence: string;
  /** Where it is not seen: what that may come from. */
  readonly otherwise: string;
};

type Cells = Results["table1"]["cells"];

const at = (cells: Cells, column: string, S: number): Cells[number] | undefined =>
  cells.find((cell) => cell.column === column && cell.S === S);

const short = (value: number): string => value.toPrecision(3);
const pm = ({ value, standardError }: WrittenInterval): string => `${short(value)} ± ${short(1.96 * standardError)}`;

/** Whether a is below b, or above it by less than their errors explain. */
const notAbove = (a: WrittenInterval, b: WrittenInterval): boolean =>
  a.value - b.value <= 1.96 * Math.hypot(a.standardError, b.standardError);

const kinds = ["eta0", "eta0.2", "eta0.5", "eta1"];

/** What Table 1 shows. */
const ofTable1 = ({ cells }: Results["table1"]): readonly Trend[] => {
  const steps = stepsOf(cells);
  const few = steps.filter((S) => S <= 20);
  const largest = steps.at(-1)!;
  const growing = few.map((S) => {
    const row = kinds.map((kind) => at(cells, kind, S)!.frechet);
    return {
      S,
      row,
      grows: row.slice(1).every((cell, i) => notAbove(row[i]!, cell)) && row[0]!.value < row.at(-1)!.value,
    };
  });
  const margins = few.map((S) => ({
    S,
    one: at(cells, "eta1", S)!.frechet,
    large: at(cells, "sigma-hat", S)!.frechet,
  }));
  const large = steps.map((S) => ({ S, cell: at(cells, "sigma-hat", S)!.frechet }));
  const bestLarge = large.reduce((best, one) => (one.cell.value < best.cell.value ? one : best));
  const zero = steps.map((S) => ({ S, cell: at(cells, "eta0", S)!.frechet }));
  const end = zero.at(-1)!.cell;
  const rest = zero.filter(({ S }) => S >= 20 && S <= 100);
  const ofZero = (S: number): number => at(cells, "eta0", S)!.frechet.value / at(cells, "eta1", S)!.frechet.value;
  return [
    {
      claim: "At few steps the distance grows with η",
      seen: growing.every(({ grows }) => grows),
      evidence: growing.map(({ S, row }) => `S = ${S}: ${row.map(pm).join(", ")}`).join("; "),
      otherwise:
        "On small images of few shapes a little fresh noise also mends errors that the network made on its way, which at these S can outweigh the coarser steps.",
    },
    {
      claim: "At few steps σ̂ is worse than η = 1 by a wide margin",
      seen: margins.every(({ one, large }) => large.value > 2 * one.value),
      evidence: margins.map(({ S, one, large }) => `S = ${S}: ${pm(large)} against ${pm(one)}`).join("; "),
      otherwise: "The margin is there, but narrower than twofold.",
    },
    {
      claim: "σ̂ is at its best only at the largest S",
      seen: bestLarge.S === largest,
      evidence: large.map(({ S, cell }) => `S = ${S}: ${pm(cell)}`).join("; "),
      otherwise: notAbove(large.at(-1)!.cell, bestLarge.cell)
        ? `Its best is S = ${bestLarge.S}, within the intervals of that at the largest: from there on it is as near as unseen images are, and these features tell no difference.`
        : `Its best is S = ${bestLarge.S}.`,
    },
    {
      claim: "η = 0 with 20 to 100 steps is about as good as with the most",
      seen: rest.every(({ cell }) => cell.value <= 2 * end.value || notAbove(cell, end)),
      evidence: zero.map(({ S, cell }) => `S = ${S}: ${pm(cell)}`).join("; "),
      otherwise: "The distance still falls by more than half after these steps.",
    },
    {
      claim: "η = 0 gains the most over η = 1 where steps are few",
      seen: ofZero(steps[0]!) <= ofZero(largest),
      evidence: `η = 0 over η = 1: ${steps.map((S) => `${short(ofZero(S))} at S = ${S}`).join(", ")}`,
      otherwise: "The ratio of the two does not grow with S.",
    },
  ];
};

/** What Table 2 shows. */
const ofTable2 = ({ rows }: Results["table2"]): readonly Trend[] => [
  {
    claim: "The error of encoding and decoding falls as S grows",
    seen: rows.slice(1).every((row, i) => row.error < rows[i]!.error),
    evidence: rows.map(({ S, error }) => `S = ${S}: ${error.toPrecision(2)}`).join("; "),
    otherwise: "It does not fall everywhere; the network is not smooth in t to that resolution.",
  },
  {
    claim: "It falls at least tenfold from S = 10 to S = 100",
    seen: (() => {
      const [ten, hundred] = [10, 100].map((S) => rows.find((row) => row.S === S)?.error);
      return ten !== undefined && hundred !== undefined && hundred <= ten / 10;
    })(),
    evidence: "0.014 to 0.0009 in the paper, on CIFAR-10",
    otherwise: "The two S are not both there, or the error falls less.",
  },
];

const ofFigure4 = ({ fit, points }: Results["figure4"]): readonly Trend[] => [
  {
    claim: "Time is linear in S",
    seen: fit.r2 > 0.99,
    evidence: `R² = ${fit.r2.toFixed(5)} over S = ${points.map(({ S }) => S).join(", ")}`,
    otherwise: "The machine was busy with other work meanwhile.",
  },
];

const ofFigure5 = ({ similarity }: Results["figure5"]): readonly Trend[] => {
  const others = similarity.slice(0, -1);
  return [
    {
      claim: "Samples of one x_T at different S share their high-level features",
      seen: others.every(({ same, other }) => same > 0.5 && same > other + 0.3),
      evidence: others
        .map(({ S, same, other }) => `S = ${S}: cosine ${same.toFixed(3)} (another x_T: ${other.toFixed(3)})`)
        .join("; "),
      otherwise: "At the fewest steps the samples differ in class from those of many.",
    },
  ];
};

const middle = (stations: readonly number[]): number => stations[Math.floor(stations.length / 2)]!;
const ends = (stations: readonly number[]): number => (stations[0]! + stations.at(-1)!) / 2;

const ofFigure6 = ({ latents, images }: Results["figure6"]): readonly Trend[] => [
  {
    claim: "Spherical interpolation of x_T gives meaningful images on the way",
    seen: [latents, images].every(
      ({ slerp, blend }) => middle(slerp) > 0.75 * ends(slerp) && middle(slerp) > middle(blend),
    ),
    evidence: [
      { name: "random latents", of: latents },
      { name: "encoded images", of: images },
    ]
      .map(
        ({ name, of: { slerp, lerp, blend } }) =>
          `between ${name} the classifier is sure of its answer by ${middle(slerp).toFixed(2)} half way and ${ends(slerp).toFixed(2)} at the ` +
          `ends; ${middle(lerp).toFixed(2)} on straight lines in x_T, ${middle(blend).toFixed(2)} where pixels are blended`,
      )
      .join("; "),
    otherwise: "Half way between two digits there need not be a third one that the classifier is sure of.",
  },
];

const ofExact = ({ gaussian, mixture }: Results["exact"]): readonly Trend[] => {
  const slope = (sampler: string): number => gaussian.slopes.find((one) => one.sampler === sampler)!.slope;
  const deterministic = ["DDIM η = 0", "Euler (13)", "ODE (15)"];
  const fewest = Math.min(...mixture.points.map(({ S }) => S));
  const of = (sampler: string): number | null =>
    mixture.points.find((point) => point.sampler === sampler && point.S === fewest)!.distance;
  const [euler, flow] = [of("DDIM η = 0"), of("ODE (15)")];
  return [
    {
      claim: "With the exact denoiser the deterministic samplers converge with order 1",
      seen: deterministic.every((name) => Math.abs(slope(name) + 1) < 0.25),
      evidence: `slopes of log distance against log S: ${deterministic.map((name) => `${name} ${slope(name).toFixed(2)}`).join(", ")}`,
      otherwise: "The numbers of steps are too few for the asymptotic rate.",
    },
    {
      claim: "At few steps (13) is better than (15), Euler on the probability flow",
      seen: euler !== null && (flow === null || euler < flow),
      evidence: `mixture, S = ${fewest}: ${euler === null ? "diverged" : short(euler)} against ${flow === null ? "diverged" : short(flow)}`,
      otherwise: "On this distribution it is not.",
    },
  ];
};

/** What each part of the paper shows, looked for in the results that there are. */
export const trendsOf = {
  table1: ofTable1,
  table2: ofTable2,
  figure3: (): readonly Trend[] => [],
  figure4: ofFigure4,
  figure5: ofFigure5,
  figure6: ofFigure6,
  exact: ofExact,
} as const satisfies { readonly [Part in keyof Results]: (result: Results[Part]) => readonly Trend[] };
