/**
 * The same equation in small letters. TensorFlow tells "bhwc,bHWc->bhwHW" apart, and tfjs-converter makes small letters of
 * all text before it looks.
 */
export const smallLabels = (equation: string): string => {
  const labels = [...new Set(equation.match(/[A-Za-z]/g) ?? [])];
  const free = [..."abcdefghijklmnopqrstuvwxyz"].filter((letter) => !labels.includes(letter));
  const small = new Map(labels.map((label) => [label, /[a-z]/.test(label) ? label : (free.shift() ?? label)]));
  return equation.replace(/[A-Za-z]/g, (label) => small.get(label)!);
};

/** The attribute of an op as model.json has it: bytes in base64, or as a list. */
type Text = { readonly s: string | readonly number[] };

/** An attribute with its text changed. */
const withText = ({ s }: Text, change: (text: string) => string): Text => {
  const text = typeof s === "string" ? Buffer.from(s, "base64").toString("latin1") : String.fromCharCode(...s);
  return { s: Buffer.from(change(text), "latin1").toString("base64") };
};

type Nodes = readonly { readonly op: string; readonly attr?: { readonly equation?: Text } }[];

const inNodes = (nodes: Nodes): Nodes =>
  nodes.map((node) =>
    node.op === "Einsum" && node.attr?.equation !== undefined
      ? { ...node, attr: { ...node.attr, equation: withText(node.attr.equation, smallLabels) } }
      : node,
  );

type Functions = readonly { readonly nodeDef: Nodes }[];
type Graph = { readonly node: Nodes; readonly library?: { readonly function?: Functions } };

/** A checked GraphDef with all equations of its Einsum nodes in small letters. */
export const smallEquations = (topology: object): object => {
  const { node, library, ...rest } = topology as Graph;
  const functions = library?.function?.map(({ nodeDef, ...more }) => ({ ...more, nodeDef: inNodes(nodeDef) }));
  return {
    ...rest,
    node: inNodes(node),
    ...(library === undefined
      ? {}
      : { library: { ...library, ...(functions === undefined ? {} : { function: functions }) } }),
  };
};
