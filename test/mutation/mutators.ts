import ts from "typescript";

/** A kind of mistake: which codes may stand in a node's place. `text` gives the code of a node. */
type Mutator = (node: ts.Node, text: (node: ts.Node) => string) => readonly string[];

const K = ts.SyntaxKind;

const binary =
  (table: ReadonlyMap<ts.SyntaxKind, readonly string[]>): Mutator =>
  (node, text) => {
    if (!ts.isBinaryExpression(node)) return [];
    const operators = table.get(node.operatorToken.kind) ?? [];
    return operators.map((operator) => `${text(node.left)} ${operator} ${text(node.right)}`);
  };

const operators = binary(
  new Map([
    [K.PlusToken, ["-"]],
    [K.MinusToken, ["+"]],
    [K.AsteriskToken, ["/"]],
    [K.SlashToken, ["*"]],
    [K.PercentToken, ["*"]],
    [K.AsteriskAsteriskToken, ["*"]],
    [K.PlusEqualsToken, ["-=", "="]],
    [K.AsteriskEqualsToken, ["/=", "="]],
    [K.EqualsEqualsEqualsToken, ["!=="]],
    [K.ExclamationEqualsEqualsToken, ["==="]],
    [K.AmpersandAmpersandToken, ["||"]],
    [K.BarBarToken, ["&&"]],
  ]),
);

const boundaries = binary(
  new Map([
    [K.LessThanToken, ["<=", ">="]],
    [K.LessThanEqualsToken, ["<", ">"]],
    [K.GreaterThanToken, [">=", "<="]],
    [K.GreaterThanEqualsToken, [">", "<"]],
  ]),
);

const isOperation = (kind: ts.SyntaxKind): boolean =>
  [
    K.PlusToken,
    K.MinusToken,
    K.AsteriskToken,
    K.SlashToken,
    K.AsteriskAsteriskToken,
    K.PercentToken,
    K.AmpersandAmpersandToken,
    K.BarBarToken,
    K.QuestionQuestionToken,
  ].includes(kind);

/** One of two operands is forgotten. */
const operands: Mutator = (node, text) => {
  if (!ts.isBinaryExpression(node) || !isOperation(node.operatorToken.kind)) return [];
  // a power without its base is another number, not a forgotten square
  if (node.operatorToken.kind === K.AsteriskAsteriskToken) return [text(node.left)];
  return [text(node.left), text(node.right)];
};

/** The two operands of a difference or a quotient, the first two arguments of a call, in the wrong order. */
const order: Mutator = (node, text) => {
  if (ts.isBinaryExpression(node) && [K.MinusToken, K.SlashToken].includes(node.operatorToken.kind))
    return [`(${text(node.right)}) ${text(node.operatorToken)} (${text(node.left)})`];
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return [];
  const [first, second, ...rest] = node.arguments;
  const isName = (argument: ts.Node): boolean => ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument);
  if (!isName(first!) || !isName(second!) || /^Math\.(min|max)$/.test(text(node.expression))) return [];
  return [`${text(node.expression)}(${[second!, first!, ...rest].map(text).join(", ")})`];
};

const signs: Mutator = (node, text) => {
  if (ts.isPrefixUnaryExpression(node)) {
    if ([K.MinusToken, K.ExclamationToken].includes(node.operator)) return [text(node.operand)];
    if (node.operator === K.PlusPlusToken) return [`--${text(node.operand)}`];
  }
  if (ts.isPostfixUnaryExpression(node))
    return [`${text(node.operand)}${node.operator === K.PlusPlusToken ? "--" : "++"}`];
  return [];
};

const literals: Mutator = (node, text) => {
  if (ts.isNumericLiteral(node)) {
    const n = Number(node.text);
    return Number.isInteger(n) ? [`${n + 1}`, ...(n > 0 ? [`${n - 1}`] : [])] : [`${2 * n}`, "0"];
  }
  if (node.kind === K.TrueKeyword) return ["false"];
  if (node.kind === K.FalseKeyword) return ["true"];
  if (ts.isStringLiteral(node)) {
    const other = new Map([
      ["source", "target"],
      ["target", "source"],
      ["small", "large"],
      ["large", "small"],
      ["eps", "x0"],
      ["t", "s"],
      ["s", "t"],
    ]).get(node.text);
    return ['""', ...(other === undefined ? [] : [`"${other}"`])];
  }
  if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) return ['""'];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) return ["[]"];
  if (ts.isObjectLiteralExpression(node) && node.properties.length > 0) return ["{}"];
  if (ts.isIdentifier(node) && text(node) === "Infinity") return ["0"];
  return [];
};

const conditions: Mutator = (node) => {
  const { parent } = node;
  if ((ts.isIfStatement(parent) && parent.expression === node) || isConditionOf(parent, node)) return ["true", "false"];
  return [];
};
const isConditionOf = (parent: ts.Node, node: ts.Node): boolean =>
  (ts.isConditionalExpression(parent) && parent.condition === node) ||
  (ts.isForStatement(parent) && parent.condition === node);

const mathTwins = new Map([
  ["sin", ["cos"]],
  ["cos", ["sin"]],
  ["min", ["max"]],
  ["max", ["min"]],
  ["floor", ["ceil", "round"]],
  ["ceil", ["floor"]],
  ["round", ["floor"]],
]);
const methodTwins = new Map([
  ["some", "every"],
  ["every", "some"],
]);
const droppable = new Set(["filter", "reverse", "slice", "toSorted", "entries"]);

/** A function of Math is forgotten or taken for another; so are methods of arrays. */
const functions: Mutator = (node, text) => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const { expression: object, name } = node.expression;
  const list = node.arguments.map(text);
  if (text(object) === "Math") {
    const twins = (mathTwins.get(name.text) ?? []).map((twin) => `Math.${twin}(${list.join(", ")})`);
    return node.arguments.some(ts.isSpreadElement) ? twins : [...twins, ...list];
  }
  const twin = methodTwins.get(name.text);
  if (twin !== undefined) return [`${text(object)}.${twin}(${list.join(", ")})`];
  return droppable.has(name.text) ? [text(object)] : [];
};

/** A call that is made only if there is something to call, or a property read, is made always. */
const optional: Mutator = (node, text) => {
  if ((ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) && node.questionDotToken !== undefined)
    return [text(node).replace("?.(", "(").replace("?.", ".")];
  return [];
};

const twins = new Map(
  [
    ["t", "s"],
    ["abT", "abS"],
    ["alphaBarT", "alphaBarS"],
    ["T", "S"],
    ["x", "x0"],
    ["x0", "eps"],
    ["x0s", "epss"],
    ["sigma", "rest"],
    ["noise", "most"],
    ["signal", "noise"],
    ["betaStart", "betaEnd"],
    ["logSnrStart", "logSnrEnd"],
    ["lengthA", "lengthB"],
    ["first", "last"],
    ["row", "rows"],
  ].flatMap(([a, b]) => [
    [a!, b!],
    [b!, a!],
  ]) as [string, string][],
);

const bindings = (name: ts.BindingName): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bindings(element.name)));

/** The names that parameters and earlier declarations of the enclosing functions and blocks bind. */
const inScope = (node: ts.Node): ReadonlySet<string> => {
  const names = new Set<string>();
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionLike(at)) at.parameters.forEach(({ name }) => bindings(name).forEach((n) => names.add(n)));
    if (ts.isBlock(at))
      for (const statement of at.statements)
        if (ts.isVariableStatement(statement) && statement.end < node.pos)
          statement.declarationList.declarations.forEach(({ name }) => bindings(name).forEach((n) => names.add(n)));
  }
  return names;
};

/** Whether an identifier is read, and not the name of something. */
const isRead = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent))
    return parent.initializer === node;
  return (
    ts.isExpression(parent) || ts.isReturnStatement(parent) || ts.isIfStatement(parent) || ts.isForOfStatement(parent)
  );
};

/** t for s, alphaBar[t] for alphaBar[s], x0 for eps: one name for its twin. */
const names: Mutator = (node, text) => {
  if (ts.isPropertyAccessExpression(node) && node.questionDotToken === undefined) {
    const twin = twins.get(node.name.text);
    const sided = /^(alphaBar[TS]|[ts]|x0|eps)$/.test(node.name.text);
    return twin !== undefined && sided && node.name.text !== "x" ? [`${text(node.expression)}.${twin}`] : [];
  }
  if (!ts.isIdentifier(node) || !isRead(node)) return [];
  const twin = twins.get(node.text);
  return twin !== undefined && inScope(node).has(twin) ? [twin] : [];
};

/** The kinds of mistakes that are planted everywhere, by name. */
export const mutators: Readonly<Record<string, Mutator>> = {
  operators,
  boundaries,
  operands,
  order,
  signs,
  literals,
  conditions,
  functions,
  optional,
  names,
};
