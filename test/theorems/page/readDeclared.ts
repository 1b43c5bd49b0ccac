import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { declaredTests, type DeclaredTest } from "./declaredTests.ts";

/** The tests of test/theorems, but those of the page and of the statistics' own. */
export const readDeclared = (folder: string): readonly DeclaredTest[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts") && file !== "page.test.ts" && file !== "statistics.test.ts")
    .sort()
    .flatMap((file) => declaredTests(file, readFileSync(join(folder, file), "utf8")));
