import type { ElementProgram } from "../graph/elementwise.ts";
import type { Shape } from "../graph/graph.ts";
import { pointwise } from "./pointwise.ts";
import { functionsText, programText } from "./programText.ts";
import type { Shading } from "./shading.ts";

/**
 * A program on whole tensors of float32 numbers: the kernel Elementwise.
 * @param shapes of the inputs, which broadcast to `shape`; those of its size are read flat
 * @param shape of all outputs
 */
export const elementwise = (program: ElementProgram, shapes: readonly Shape[], shape: Shape): Shading =>
  pointwise(
    shapes.map((from) => [from, "f32"] as const),
    program.outputs.map(() => ["float32", "f32"] as const),
    shape,
    (inputs, width) => {
      const { functions, ...text } = programText(program, inputs, width === 4 ? "vec4<f32>" : "f32");
      return { ...text, functions: functionsText(functions) };
    },
  );
