import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks } from "./codeBlocks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Commands that CI runs by itself, word for word: running them from inside a test would nest them. */
const lines = readFileSync(join(root, ".ci/run"), "utf8").split("\n");
const runByCi = new Set(lines.map((line) => line.trim()));
const elsewhere = (command: string): string | undefined => {
  if (/shared\/|runs\/mnist/.test(command) && !existsSync(join(root, "../shared"))) return "../shared is not here";
  if (command === "npm run bench") return "a measurement, not a test";
  if (command === "npm run check") return "a chain of what CI runs one by one";
  if (command.startsWith("npx nonmarkov reproduce") && !command.includes("--quick")) return "hours of work";
  return command.split(" && ").every((part) => runByCi.has(part)) ? "CI runs it itself" : undefined;
};
/** A documented run is made short by options that come after the reader's own. */
const shortened = (command: string): string =>
  /^npx nonmarkov train/.test(command) ? `${command} --steps 3 --batch 4 --base 8 --force` : command;

/** A folder in which a reader would stand: a clone beside shared/, without its write access to ours. */
let clone = "";
beforeAll(() => {
  const parent = mkdtempSync(join(tmpdir(), "nonmarkov-docs-"));
  clone = join(parent, "nonmarkov");
  mkdirSync(clone);
  for (const name of [
    "node_modules",
    "packages",
    "package.json",
    "tsconfig.json",
    "tsconfig.base.json",
    "examples",
    "models",
  ])
    symlinkSync(join(root, name), join(clone, name));
  symlinkSync(join(root, "../shared"), join(parent, "shared"));
});
afterAll(() => rmSync(join(clone, ".."), { recursive: true, force: true }));

const run = (command: string, args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: clone, encoding: "utf8", timeout: 110_000 });
  expect(status, `${command} ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
};

describe.each(documents)("%s", (document) => {
  const blocks = codeBlocks(readFileSync(join(root, document), "utf8"));

  for (const { language, line, code } of blocks) {
    if (language === "ts")
      test(`the script on line ${line} runs`, { timeout: 120_000 }, () => {
        const file = join(clone, `block-${line}.ts`);
        writeFileSync(file, code);
        run(process.execPath, ["--import", "tsx", file]);
      });
    else if (language === "sh")
      for (const raw of code.split("\n")) {
        const command = raw.replace(/\s+#.*$/, "").trim();
        if (command === "" || command.startsWith("#")) continue;
        const why = elsewhere(command);
        if (why !== undefined) test.skip(`\`${command}\` on line ${line} (${why})`);
        else test(`\`${command}\` runs`, { timeout: 120_000 }, () => run("sh", ["-c", shortened(command)]));
      }
    else
      test(`the block on line ${line} says what it is`, () => expect(["text", "json", "bibtex"]).toContain(language));
  }
});
