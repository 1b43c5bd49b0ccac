import ts from "typescript";
import { statementsOf } from "./statementsOf.ts";

/** A test as its file declares it; one of a `test.each` stands for all of its cases. */
export type DeclaredTest = {
  /** The file's name in test/theorems. */
  readonly file: string;
  /** Where it begins, from 1. */
  readonly line: number;
  /** The titles of the enclosing `describe`s, then its own, with the placeholders of `each`. */
  readonly titles: readonly string[];
  /** The ids that its titles name. */
  readonly statements: readonly string[];
};

/** "test" or "describe" of `test(...)`, `test.each(...)(...)`, `describe.skipIf(...)(...)`. */
const nameOf = (callee: ts.Expression): string | undefined => {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return nameOf(callee.expression);
  return undefined;
};

/** The tests that a file declares, in order. */
export const declaredTests = (file: string, source: string): readonly DeclaredTest[] => {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found: DeclaredTest[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    if (ts.isCallExpression(node)) {
      const [title, ...rest] = node.arguments;
      const name = nameOf(node.expression);
      if (title !== undefined && ts.isStringLiteralLike(title) && (name === "test" || name === "describe")) {
        const titles = [...around, title.text];
        if (name === "test") {
          const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
          found.push({ file, line, titles, statements: [...new Set(titles.flatMap(statementsOf))] });
        }
        rest.forEach((argument) => visit(argument, titles));
        visit(node.expression, around);
        return;
      }
    }
    node.forEachChild((child) => visit(child, around));
  };
  visit(tree, []);
  return found;
};
