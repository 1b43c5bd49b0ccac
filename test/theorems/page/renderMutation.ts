import type { MutationResults } from "../../mutation/results.ts";

const count = (n: number): string => n.toLocaleString("en-US");
const percent = (killed: number, all: number): string => `${((100 * killed) / all).toFixed(1)} %`;

/** The page's last section: how many planted mistakes the tests notice. */
export const renderMutation = (
  { date, mutants, killed, equivalent, packages, planted, survivors }: MutationResults,
  plain: (text: string) => string,
): string =>
  [
    "## The mutation test",
    `\`npm run mutation\` plants one mistake after the other in the sources of \`schedule\` and \`samplers\` (an operator, a
boundary, a literal, a forgotten operand, function or root, t for s, an emptied block, ...) and runs the tests against each. On ${date},
of ${count(mutants)} mutants ${count(killed)} were noticed; ${count(equivalent)} of the others compute the same as the original, and are listed with the reasons
in \`test/mutation/equivalents.ts\`. Score: ${percent(killed, mutants - equivalent)} of those that can be noticed, ${percent(killed, mutants)} of all. Texts of error messages are
not mutated.`,
    [
      "| package | mutants | noticed | equivalent | score |",
      "| --- | --- | --- | --- | --- |",
      ...Object.entries(packages).map(
        ([name, p]) =>
          `| \`${name}\` | ${count(p.mutants)} | ${count(p.killed)} | ${count(p.equivalent)} | ${percent(p.killed, p.mutants - p.equivalent)} |`,
      ),
    ].join("\n"),
    `Survivors: ${survivors.length === 0 ? "none." : ""}`.trim(),
    ...(survivors.length === 0
      ? []
      : [
          survivors
            .map(
              ({ file, line, original, mistake }) =>
                `- \`${file}\`, line ${line}: ${plain(original)} → ${plain(mistake)}`,
            )
            .join("\n"),
        ]),
    "### Mistakes by name",
    [
      "| planted mistake | in | noticed by |",
      "| --- | --- | --- |",
      ...planted.map(
        ({ name, file, noticedBy }) =>
          `| ${plain(name)} | \`${file.replace(/^packages\//, "").replace("/src/", "/")}\` | ${noticedBy === "" ? "**nothing**" : plain(noticedBy)} |`,
      ),
    ].join("\n"),
  ].join("\n\n");
