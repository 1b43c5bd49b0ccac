import ts from "typescript";
import type { Mutant } from "./mutant.ts";
import { mutators } from "./mutators.ts";

/** A mistake that is known by name: `mistake` in place of the one expression that reads `original`. */
export type Planted = {
  readonly name: string;
  readonly file: string;
  readonly original: string;
  readonly mistake: string;
};

/** A source file with all of its mistakes in it. */
export type Instrumented = {
  /** The code, still TypeScript. */
  readonly code: string;
  /** The mistakes, numbered one after the other. */
  readonly mutants: readonly Mutant[];
  /** The mutants of each switch in the code, as [first id, end). */
  readonly places: readonly (readonly [number, number])[];
};

const oneLine = (code: string): string => code.replace(/\s+/g, " ").trim();

/** Reporting an error: its text is not what these tests are about. */
const reports = (node: ts.Node, text: (node: ts.Node) => string): boolean =>
  ts.isThrowStatement(node) || (ts.isCallExpression(node) && text(node.expression) === "fail");

/** The name of a function as it is put into error messages, first argument of a check. */
const isWhere = (node: ts.Node): boolean =>
  ts.isStringLiteral(node) &&
  ts.isCallExpression(node.parent) &&
  node.parent.arguments[0] === node &&
  ts.isIdentifier(node.parent.expression) &&
  /^(check\w+|ascend|odeRow)$/.test(node.parent.expression.text);

const isPlain = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isTypeParameterDeclaration(node);

const isAssignment = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
  node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;

/** Statements whose absence is a mistake of its own: not the only one of its block, which is emptied as a whole. */
const isRemovable = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node) && ts.isBlock(node.parent) && node.parent.statements.length > 1;

/**
 * Puts every mistake into one text, each behind a switch: `__mutantIn(first, end)` says whether the active one is among
 * them, `__mutant()` which.
 * @param file the path that the mutants carry
 * @param firstId the number of the first mutant
 * @param planted the named mistakes of this file
 * @throws Error if a named mistake's original is not exactly one expression of the file
 */
export const instrument = (
  file: string,
  source: string,
  firstId: number,
  planted: readonly Planted[],
): Instrumented => {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const text = (node: ts.Node): string => source.slice(node.getStart(tree), node.end);
  const lines = source.split("\n");
  const mutants: Mutant[] = [];
  const places: [number, number][] = [];
  const found = new Map<Planted, number>(planted.map((p) => [p, 0]));

  const add = (node: ts.Node, kind: string, mistake: string, name?: string): number => {
    const id = firstId + mutants.length;
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
    const original = oneLine(text(node));
    const on = lines[line - 1]!.trim();
    mutants.push({
      id,
      file,
      line,
      on,
      kind,
      original,
      mistake: oneLine(mistake),
      ...(name !== undefined && { name }),
    });
    return id;
  };

  /** The question whether one of these mutants, whose numbers follow each other, is active. */
  const ask = (first: number, end: number): string => {
    places.push([first, end]);
    return `__mutantIn(${first}, ${end})`;
  };

  /** The mistakes that may stand in an expression's place, no two of them alike. */
  const mistakesOf = (node: ts.Node): readonly { kind: string; mistake: string; name?: string }[] => {
    if (!ts.isExpression(node) || ts.isParenthesizedExpression(node) || isWhere(node)) return [];
    const own = oneLine(text(node));
    const named = planted.filter((p) => oneLine(p.original) === own);
    named.forEach((p) => found.set(p, found.get(p)! + 1));
    const all = [
      ...named.map(({ name, mistake }) => ({ kind: "planted", mistake, name })),
      ...Object.entries(mutators).flatMap(([kind, mutator]) =>
        mutator(node, text).map((mistake) => ({ kind, mistake })),
      ),
    ];
    const seen = new Set([own, `(${own})`]);
    return all.filter(({ mistake }) => !seen.has(oneLine(mistake)) && seen.add(oneLine(mistake)));
  };

  const children = (node: ts.Node): string => {
    let out = "";
    let at = node.getStart(tree);
    node.forEachChild((child) => {
      out += source.slice(at, child.getStart(tree)) + emit(child);
      at = child.end;
    });
    return out + source.slice(at, node.end);
  };

  /** What is assigned to stays; but which entry of an array it is may be a mistake. */
  const target = (node: ts.Expression): string => {
    if (ts.isNonNullExpression(node)) return `${target(node.expression)}!`;
    if (ts.isElementAccessExpression(node)) return `${text(node.expression)}[${emit(node.argumentExpression)}]`;
    return text(node);
  };

  const emit = (node: ts.Node): string => {
    if (isPlain(node) || reports(node, text)) return text(node);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const counts = [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(node.operator);
      if (counts) return switched(node, text(node));
    }
    if (isAssignment(node))
      return switched(node, `${target(node.left)} ${text(node.operatorToken)} ${emit(node.right)}`);
    if (ts.isBlock(node) && node.statements.length > 0) {
      const id = add(node, "blocks", "{}");
      return `{ if (!${ask(id, id + 1)}) ${children(node)} }`;
    }
    if (isRemovable(node)) {
      const id = add(node, "statements", ";");
      return `if (!${ask(id, id + 1)}) ${children(node)}`;
    }
    return switched(node, undefined);
  };

  const switched = (node: ts.Node, body: string | undefined): string => {
    const mistakes = mistakesOf(node).map(({ kind, mistake, name }) => ({
      mistake,
      id: add(node, kind, mistake, name),
    }));
    const original = body ?? children(node);
    if (mistakes.length === 0) return original;
    const [first, last] = [mistakes[0]!.id, mistakes.at(-1)!.id];
    const chosen = mistakes
      .slice(0, -1)
      .reduceRight(
        (rest, { id, mistake }) => `__mutant() === ${id} ? (${mistake}) : ${rest}`,
        `(${mistakes.at(-1)!.mistake})`,
      );
    return `(${ask(first, last + 1)} ? (${chosen}) : (${original}))`;
  };

  const code = tree.statements.reduce(
    ({ out, at }, statement) => ({
      out: out + source.slice(at, statement.getStart(tree)) + emit(statement),
      at: statement.end,
    }),
    { out: "", at: 0 },
  ).out;
  for (const [{ name, original }, times] of found)
    if (times !== 1)
      throw new Error(`${file}: "${original}" of "${name}" must be one expression of the file, is ${times}`);
  return { code: `${code}\n`, mutants, places };
};
