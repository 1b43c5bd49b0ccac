import { format } from "prettier";
import type { MutationResults } from "../../mutation/results.ts";
import type { Statement } from "../statements.ts";
import type { DeclaredTest } from "./declaredTests.ts";
import { outcomeKey, type Outcome } from "./outcome.ts";
import { renderMutation } from "./renderMutation.ts";

const count = (n: number): string => n.toLocaleString("en-US");
/** Text between Markdown's signs. */
export const plain = (text: string): string => text.replace(/[\\`*[\]<>|~#]/g, "\\$&");

const headingOf = (id: string): string => {
  if (id.startsWith("(")) return `Equation ${id}`;
  if (/^\d/.test(id)) return `Section ${id}`;
  return /^[A-Z]\./.test(id) ? `Appendix ${id}` : id;
};
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");

const linkOf = ({ file, line }: DeclaredTest): string => `../test/theorems/${file}#L${line}`;

const sum = (outcomes: readonly Outcome[]): Outcome => ({
  state: (["failed", "skipped"] as const).find((state) => outcomes.some((o) => o.state === state)) ?? "passed",
  cases: outcomes.reduce((total, { cases }) => total + cases, 0),
  runs: outcomes.reduce((total, { runs }) => total + runs, 0),
});

const statusOf = ({ state, cases, runs }: Outcome): string =>
  [state, ...(cases > 1 ? [`${count(cases)} cases`] : []), ...(runs > 0 ? [`${count(runs)} inputs`] : [])].join(", ");

const list = (tests: readonly DeclaredTest[], outcomeOf: (test: DeclaredTest) => Outcome): string =>
  tests
    .map((test) => `- [${plain(test.titles.join(" › "))}](${linkOf(test)}) — ${statusOf(outcomeOf(test))}`)
    .join("\n");

/** docs/theorems.md: the statements, the tests that name them, how these went, and what the mutation test found. */
export const renderPage = async (
  statements: readonly Statement[],
  tests: readonly DeclaredTest[],
  outcomes: Readonly<Record<string, Outcome>>,
  mutation: MutationResults,
): Promise<string> => {
  const outcomeOf = (test: DeclaredTest): Outcome => {
    const outcome = outcomes[outcomeKey(test)];
    if (outcome === undefined) throw new Error(`no run of "${outcomeKey(test)}" is known; npm run theorems`);
    return outcome;
  };
  const of = ({ id }: Statement): readonly DeclaredTest[] => tests.filter((test) => test.statements.includes(id));
  const others = tests.filter((test) => test.statements.length === 0);
  const rows = statements.map((statement) => {
    const heading = headingOf(statement.id);
    const files = of(statement).map((test) => `[${test.file.replace(".test.ts", "")}:${test.line}](${linkOf(test)})`);
    const status = statusOf(sum(of(statement).map(outcomeOf)));
    return `| [${plain(heading)}](#${anchorOf(heading)}) | ${plain(statement.says)} | ${files.join(", ")} | ${status} |`;
  });
  const sections = statements.map((statement) =>
    [
      `## ${headingOf(statement.id)}`,
      `${statement.where}. ${plain(statement.says)}`,
      `\`\`\`text\n${statement.formula}\n\`\`\``,
      list(of(statement), outcomeOf),
    ].join("\n\n"),
  );
  const all = sum(tests.map(outcomeOf));
  const text = [
    "# The paper's statements and their tests",
    `<!-- npm run theorems writes this page: do not edit it -->`,
    `Each numbered statement of [Denoising Diffusion Implicit Models](https://arxiv.org/abs/2010.02502), the tests of
\`test/theorems\` whose titles begin with its name, and how they went: ${count(all.cases)} tests with ${count(all.runs)} inputs drawn by
fast-check, ${all.state}. \`a_t\` is \`alphaBar[t]\`. Whether these tests would notice a mistake is what the
[mutation test](#the-mutation-test) at the end is about.`,
    ["| statement | what it says | tests | status |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    ...sections,
    "## Further laws",
    "Consequences that the paper does not number.",
    list(others, outcomeOf),
    renderMutation(mutation, plain),
  ].join("\n\n");
  return format(text, { parser: "markdown", printWidth: 120 });
};
