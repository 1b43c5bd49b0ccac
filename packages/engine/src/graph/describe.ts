import type { ElementProgram } from "./elementwise.ts";
import type { Attrs, Graph, GraphNode, Shape } from "./graph.ts";
import { showProgram } from "./programs/showProgram.ts";

const shown = (value: number, shape: Shape): string => `%${value} [${shape.join()}]`;

const showSetting = (name: string, setting: unknown, names: readonly string[]): string => {
  if (name === "program") return showProgram(setting as ElementProgram, names);
  if (name === "epilogue") {
    const { inputs } = setting as ElementProgram;
    return `then ${showProgram(setting as ElementProgram, ["result", ...names.slice(names.length - inputs + 1)])}`;
  }
  return `${name}=${typeof setting === "string" ? setting : JSON.stringify(setting)}`;
};

const showSettings = (attrs: Attrs, names: readonly string[], width: number): string => {
  const settings = Object.entries(attrs)
    .filter(([, setting]) => setting !== undefined && setting !== false && setting !== null)
    .map(([name, setting]) => showSetting(name, setting, names))
    .join(" ");
  return settings.length > width ? `${settings.slice(0, width - 1)}…` : settings;
};

/** Names of inputs: in a program "0" would look like a number. */
const namesOf = ({ op, names }: GraphNode): readonly string[] =>
  op === "Elementwise" ? names.map((name) => `x${name}`) : names;

const rowOf = (graph: Graph, node: GraphNode, width: number): readonly string[] => {
  const names = namesOf(node);
  return [
    node.op,
    node.outputs.map((value) => shown(value, graph.values[value]!.shape)).join(" "),
    node.inputs.map(({ value, shape }, i) => `${names[i]}: ${shown(value, shape)}`).join(", "),
    showSettings(node.attrs, names, width),
  ];
};

/** Options of describe. */
export type DescribeOptions = {
  /** Characters of a node's settings that are shown; 80. */
  readonly width?: number;
};

/** A table of a graph's nodes for people to read: what runs, what it makes and reads, and how it is set. */
export const describe = (graph: Graph, { width = 80 }: DescribeOptions = {}): string => {
  const inputs = graph.inputs.map((value) => shown(value, graph.values[value]!.shape)).join(", ");
  const outputs = graph.outputs.map(({ value, shape }) => shown(value, shape)).join(", ");
  const rows = [["op", "makes", "reads", "settings"], ...graph.nodes.map((node) => rowOf(graph, node, width))];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "));
  return [`inputs: ${inputs}`, ...lines, `outputs: ${outputs}`].map((line) => line.trimEnd()).join("\n");
};
