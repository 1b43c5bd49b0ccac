import type { SamplerInfo } from "@nonmarkov/samplers";
import { format } from "prettier";
import { measuredOrder } from "./measuredOrder.ts";
import type { Measured, Results } from "./measure.ts";

/** The anchors that GitHub gives headings: one that occurs again is numbered. */
const anchorsOf = (titles: readonly string[]): readonly string[] => {
  const plain = titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return plain.map((anchor, i) => {
    const before = plain.slice(0, i).filter((other) => other === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
};

const rounded = (value: number): string => value.toPrecision(2).replace(/e([+-])(\d)$/, "e$1$2");

const at = ({ points }: Measured, evaluations: number, quantity: "error" | "distance"): string => {
  const point = points.find((p) => p.evaluations >= evaluations);
  const value = point?.[quantity];
  return value === undefined || value === null ? "" : `${rounded(value)} (${point!.evaluations})`;
};

const row = (info: SamplerInfo, anchor: string, measured: Measured): string =>
  `| ${[
    `[${info.title}](#${anchor})`,
    `\`${info.id}\``,
    info.order ?? "",
    info.noise ? "" : (measuredOrder(measured)?.toFixed(1) ?? ""),
    measured.perMove,
    measured.memory,
    info.noise ? "yes" : "",
    info.noise ? "" : "yes",
    at(measured, 8, "error"),
    at(measured, 16, "error"),
    at(measured, 32, "error"),
    at(measured, 16, "distance"),
    at(measured, 32, "distance"),
  ].join(" | ")} |`;

const section = (info: SamplerInfo): string =>
  [
    `## ${info.title}`,
    info.about,
    `\`\`\`text\n${info.formula}\n\`\`\``,
    `[${info.source.name}](${info.source.url}). In scripts \`${info.code}\`, on the command line \`--sampler ${info.id}\`.`,
    `![${info.title} next to all others](samplers/${info.id}.svg)`,
  ].join("\n\n");

/** docs/samplers.md: what each sampler is, where it comes from, and how far off it is. */
export const renderPage = async (
  samplers: readonly SamplerInfo[],
  results: Results,
  problem: { readonly points: number; readonly T: number },
): Promise<string> => {
  const of = (info: SamplerInfo): Measured => {
    const found = results.samplers.find(({ id }) => id === info.id);
    if (found === undefined) throw new Error(`${info.id} was not measured; npm run samplers`);
    return found;
  };
  const anchors = anchorsOf(samplers.map(({ title }) => title));
  const head = [
    "sampler",
    "name",
    "order",
    "measured",
    "evaluations a move",
    "remembers",
    "draws noise",
    "encodes",
    "error, 8 evaluations",
    "16",
    "32",
    "distance, 16",
    "32",
  ];
  const text = [
    "# Samplers",
    "<!-- npm run samplers writes this page: do not edit it -->",
    `Every sampler is a table of float64 numbers, made by a planner from a schedule and a path, and run by one executor: \`x\` at
the next level is a combination of \`x\`, of this and earlier predictions \`x0\` and \`eps\`, and of fresh noise. Print a table with
\`console.log(JSON.stringify(ddim()(linear({ T: 1000 }), linearTau(1000, 10))))\`.`,
    `**Measured** on ${problem.points.toLocaleString("en-US")} points of a ring of eight Gaussians in the plane, whose denoiser is known
exactly, from the exact marginal at T = ${problem.T} of the linear schedule, down Karras's grid (rho = 7) and from its last level to clean data. The
*error* is the root mean square distance to where the ODE takes the same points, for the samplers that follow it; the
*distance* is the sliced Wasserstein distance to the data, where a perfect sampler scores ${rounded(results.floor)} (as many other
points of the data). In brackets the evaluations that were made. \`measured\` is the slope of the error between the last levels,
which includes the start-up of methods with a memory.`,
    "![Error on the ODE](samplers/error.svg)",
    "![Distance to the data](samplers/distance.svg)",
    [
      `| ${head.join(" | ")} |`,
      `| ${head.map(() => "---").join(" | ")} |`,
      ...samplers.map((s, i) => row(s, anchors[i]!, of(s))),
    ].join("\n"),
    `Of what the numbers say: at few evaluations the methods with noise prediction are ahead here, whose error the first, noisiest
moves make; from thirty on the order counts. Two evaluations a move are worth their price only late. Steps that a sub-sequence
of the schedule makes, uniform in t, give other numbers.`,
    `In the formulas \`a\` is alphaBar at the start t of a move and \`a'\` at its end s, \`σ = √((1-a)/a)\` the noise-to-signal ratio,
\`λ = -log σ\`, \`h = λ' - λ\` the move's length, \`x0\` and \`eps\` this evaluation's predictions, \`x0₋₁\` those of the evaluation before,
\`z\` fresh normal noise.`,
    ...samplers.map(section),
  ].join("\n\n");
  return format(`${text}\n`, { parser: "markdown", printWidth: 120 });
};
