import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "notebooks");
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

type Cell = {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly { readonly output_type: string; readonly data?: Readonly<Record<string, unknown>> }[];
};
const read = (path: string): readonly Cell[] =>
  (JSON.parse(readFileSync(path, "utf8")) as { readonly cells: readonly Cell[] }).cells;
const text = ({ source }: Cell): string => (typeof source === "string" ? source : source.join(""));
const codeOf = (cells: readonly Cell[]): readonly Cell[] => cells.filter((c) => c.cell_type === "code");

const env = {
  ...process.env,
  PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`,
  JUPYTER_PATH: join(root, ".jupyter"),
};

test("there are notebooks", () => expect(notebooks.length).toBeGreaterThan(0));

test.each(notebooks)("%s: the cells, joined, type-check", (name) => {
  const file = join(folder, `.${name}.check.ts`);
  try {
    writeFileSync(
      file,
      codeOf(read(join(folder, name)))
        .map(text)
        .join("\n"),
    );
    execFileSync("deno", ["check", file], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    rmSync(file, { force: true });
  }
});

test.each(notebooks)("%s: the kernel runs every cell without an error, and draws", (name) => {
  const out = mkdtempSync(join(tmpdir(), "nonmarkov-notebook-"));
  try {
    execFileSync(
      "jupyter-nbconvert",
      // prettier-ignore
      ["--to", "notebook", "--execute", join(folder, name), "--output-dir", out, "--ExecutePreprocessor.timeout=200"],
      { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] },
    );
    const outputs = codeOf(read(join(out, name))).flatMap((cell) => cell.outputs ?? []);
    expect(outputs.filter((o) => o.output_type === "error")).toEqual([]);
    expect(outputs.some((o) => Object.keys(o.data ?? {}).some((mime) => /svg|html|png/.test(mime)))).toBe(true);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
