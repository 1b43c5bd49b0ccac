import { bytes, encode, type Field, float, int, ints, message, string } from "./protobuf.ts";

/** A node's setting: a whole number, a list of them, a float32 number or a text. */
export type Attribute = number | readonly number[] | { readonly float: number } | string;

/** An input or output of the whole graph; a text stands for an axis of any length. */
export type Port = {
  readonly name: string;
  readonly dtype: "float32" | "int64";
  readonly shape: readonly (number | string)[];
};

/** Writes a graph, node by node; every method gives the name of the value that it made. */
export type OnnxGraph = {
  /** A node with one output. */
  readonly node: (op: string, inputs: readonly string[], attributes?: { readonly [name: string]: Attribute }) => string;
  /** A float32 tensor under a name of its own. */
  readonly weight: (name: string, shape: readonly number[], data: Float32Array) => string;
  /** The same float32 tensor, however often it is asked for. */
  readonly floats: (shape: readonly number[], values: readonly number[]) => string;
  /** The same list of int64 numbers, however often it is asked for. */
  readonly integers: (values: readonly number[]) => string;
  /** The file. `output` is renamed to the port's name. */
  readonly file: (name: string, inputs: readonly Port[], output: string, port: Port) => Uint8Array<ArrayBuffer>;
};

/** onnx.proto's numbers for types of tensors and attributes. */
const types = { float32: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

const opset = 17;
const irVersion = 8;

const attributeField = (name: string, value: Attribute): Field => {
  const typed = (kind: keyof typeof attributeTypes, field: Field): Field =>
    message(5, [string(1, name), field, int(20, attributeTypes[kind])]);
  if (typeof value === "number") return typed("int", int(3, value));
  if (typeof value === "string") return typed("string", string(4, value));
  return "float" in value ? typed("float", float(2, value.float)) : typed("ints", ints(8, value));
};

const tensorField = (name: string, type: keyof typeof types, shape: readonly number[], data: Uint8Array): Field =>
  message(5, [ints(1, shape), int(2, types[type]), string(8, name), bytes(9, data)]);

const asBytes = (data: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const portFields = ({ name, dtype, shape }: Port): readonly Field[] => {
  const dims = shape.map((n) => message(1, [typeof n === "number" ? int(1, n) : string(2, n)]));
  return [string(1, name), message(2, [message(1, [int(1, types[dtype]), message(2, dims)])])];
};

/** An empty graph. */
export const onnxGraph = (): OnnxGraph => {
  const nodes: { readonly op: string; readonly fields: readonly Field[]; output: string }[] = [];
  const tensors: Field[] = [];
  const shared = new Map<string, string>();
  const once = (key: string, make: (name: string) => Field): string => {
    const known = shared.get(key);
    if (known !== undefined) return known;
    const name = `constant_${shared.size}`;
    shared.set(key, name);
    tensors.push(make(name));
    return name;
  };
  return {
    node: (op, inputs, attributes = {}) => {
      const output = `${op}_${nodes.length}`;
      const settings = Object.entries(attributes).map(([name, value]) => attributeField(name, value));
      nodes.push({ op, fields: [...inputs.map((input) => string(1, input)), ...settings], output });
      return output;
    },
    weight: (name, shape, data) => {
      tensors.push(tensorField(name, "float32", shape, asBytes(data)));
      return name;
    },
    floats: (shape, values) =>
      once(`f${shape.join()}:${values.join()}`, (name) =>
        tensorField(name, "float32", shape, asBytes(Float32Array.from(values))),
      ),
    integers: (values) =>
      once(`i${values.join()}`, (name) =>
        tensorField(name, "int64", [values.length], asBytes(BigInt64Array.from(values.map(BigInt)))),
      ),
    file: (name, inputs, output, port) => {
      const graph = [
        ...nodes.map(({ op, fields, output: made }) =>
          message(1, [...fields, string(2, made === output ? port.name : made), string(3, made), string(4, op)]),
        ),
        string(2, name),
        ...tensors,
        ...inputs.map((input) => message(11, portFields(input))),
        message(12, portFields(port)),
      ];
      return encode([
        int(1, irVersion),
        string(2, "nonmarkov"),
        message(7, graph),
        message(8, [string(1, ""), int(2, opset)]),
      ]);
    },
  };
};
