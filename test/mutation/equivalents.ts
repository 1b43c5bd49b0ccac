import type { Mutant } from "./mutant.ts";

/** A mutant that no test can notice, because it computes the same. One entry excuses one mutant. */
export type Equivalent = {
  /** The source file, relative to the repository. */
  readonly file: string;
  /** The line of code that it stands on, or a part of it. */
  readonly on: string;
  readonly original: string;
  readonly mistake: string;
  /** Why no input tells the two apart. */
  readonly reason: string;
};

/** The mutants that a list of equivalents excuses, at most one by each entry. */
export const excused = (list: readonly Equivalent[], mutants: readonly Mutant[]): ReadonlyMap<Equivalent, Mutant> => {
  const found = new Map<Equivalent, Mutant>();
  const taken = new Set<Mutant>();
  for (const e of list) {
    const mutant = mutants.find(
      (m) =>
        !taken.has(m) &&
        m.file === e.file &&
        m.on.includes(e.on) &&
        m.original === e.original &&
        m.mistake === e.mistake,
    );
    if (mutant === undefined) continue;
    taken.add(mutant);
    found.set(e, mutant);
  }
  return found;
};

type Row = readonly [on: string, original: string, mistake: string, reason: string];
const inFile = (file: string, rows: readonly Row[]): readonly Equivalent[] =>
  rows.map(([on, original, mistake, reason]) => ({ file: `packages/${file}.ts`, on, original, mistake, reason }));

const sameAngle = "the two sides differ by rounding only where the threshold lies, or no angle is exactly there";
const bothOrNone =
  "1/0, noise/0 and NaN come in pairs: no prediction has one infinite coefficient of x0 beside a finite one";

export const equivalents: readonly Equivalent[] = [
  ...inFile("schedule/src/cosine", [["Math.sin", "1 - u", "(u) - (1)", "the sine is squared"]]),
  ...inFile("schedule/src/linearAlphaBar", [
    ["=> 1 - u", "1 - u", "(u) - (1)", "the values are divided by the one at 0"],
  ]),
  ...inFile("schedule/src/rescaleZeroTerminalSnr", [
    ["const scale", "first - last", "(last) - (first)", "the product with scale is squared"],
    ["- last) * scale", "Math.sqrt(ab) - last", "(last) - (Math.sqrt(ab))", "the product with scale is squared"],
  ]),
  ...inFile("schedule/src/sigma", [
    ["if (abT === abS) return Math.sqrt", "abS", "abT", "they are equal there"],
    ["if (eta <= 1)", "1", "2", "both formulas are the same number, and as good between 1 and 2"],
  ]),
  ...inFile("schedule/src/tau/authorsQuad", [
    ["const stride", "1", "2", "the stride is used between the first and the last entry only: from S = 3 on"],
    ["i > 0 && i === S - 1", "0", "1", "with S = 2 the last entry is one stride, which is the end itself"],
  ]),
  ...inFile("samplers/src/arraySpace", [
    ["?? 0", "vectors[0]?.length ?? 0", "vectors[0]?.length", "new Float64Array(undefined) is empty too"],
    ["i < out.length", "i < out.length", "i <= out.length", "typed arrays ignore what is written beyond their end"],
  ]),
  ...inFile("samplers/src/asX0", [
    ["coefs.every", "coefs.every(Number.isFinite)", "coefs.some(Number.isFinite)", bothOrNone],
  ]),
  ...inFile("samplers/src/checkRun", [
    ["firstIndex = 0", "0", "1", "the default is only checked here, and passes; the executor has its own"],
    ["map.x0.every", "map.x0.every(Number.isFinite)", "map.x0.some(Number.isFinite)", bothOrNone],
  ]),
  ...inFile("samplers/src/ddim", [
    [
      "Number.isNaN(exact)",
      "sigmaEta(abT, abS, eta) <= maxSigma(abS) * (1 + 1e-14)",
      "sigmaEta(abT, abS, eta) < maxSigma(abS) * (1 + 1e-14)",
      "the bound is a tolerance; nothing is said about the one float on it",
    ],
  ]),
  ...inFile("samplers/src/ddpm", [
    ["abS === 1", "abS", "abT", "where only abS is 1 the formulas below give 0 and 1 themselves"],
  ]),
  ...inFile("samplers/src/execute", [
    ["used.push(0)", "0", "1", "all coefficients are 0: any of the vectors gives the shape"],
    [
      "eps !== undefined",
      "eps !== undefined",
      "true",
      "without a memory of eps the list is never read; undefined in it is not owned",
    ],
  ]),
  ...inFile("samplers/src/moves", [
    ["stops[0]! < from", "stops[0]! < from", "stops[0]! <= from", "stops equal to from were filtered out"],
  ]),
  ...inFile("samplers/src/range", [
    ["rows.length - 1", "rows.length - 1", "rows.length + 1", "slice stops at the end of the list"],
    ["rows.length - 1", "rows.length - 1", "rows.length", "slice stops at the end of the list"],
    ["rows.length - 1", "1", "0", "slice stops at the end of the list"],
  ]),
  ...inFile("samplers/src/slerp", [
    ["Math.atan2", "v - unitB[i]!", "(unitB[i]!) - (v)", "only the norm of the difference is used"],
    ["angle < 1e-7", "angle < 1e-7", "angle <= 1e-7", sameAngle],
    ["angle < 1e-7", "1e-7", "2e-7", sameAngle],
    ["Math.PI - angle", "Math.PI - angle < 1e-7", "Math.PI - angle <= 1e-7", sameAngle],
  ]),
];
