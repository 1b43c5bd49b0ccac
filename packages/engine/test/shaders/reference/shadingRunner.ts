import type { Shading } from "../../../src/shaders/shading.ts";
import type { Numbers } from "../../kernels/reference/numbers.ts";
import type { Runner } from "../../kernels/reference/runner.ts";
import { runShading } from "./runShading.ts";

/** Runs kernels as the shaders that `shade` makes of them. */
export const shadingRunner =
  (shade: (op: string, inputs: Readonly<Record<string, Numbers>>, attrs: object) => Shading) =>
  async (...[op, inputs, attrs]: Parameters<Runner>): Promise<Numbers[]> => {
    const shading = shade(op, inputs, attrs);
    const made = await runShading(
      shading,
      Object.values(inputs).map(({ data }) => data),
    );
    return made.map((data, i) => ({ shape: shading.outputs[i]!.shape, data: data as Float32Array }));
  };
