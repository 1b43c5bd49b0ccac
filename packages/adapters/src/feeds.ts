import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { Call } from "./call.ts";
import { toLayout } from "./layout.ts";
import type { Time } from "./time.ts";

/** A model's inputs by name, for a backend of tfjs (which keeps int64 as int32). */
export const feeds = (
  { roles, layout }: Call,
  x: Tensor,
  time: Time,
  labels: Tensor | undefined,
): Record<string, Tensor> => ({
  [roles.x.name]: toLayout(layout, x),
  [roles.t.name]: ops.fill([...time.shape], time.value, time.dtype === "float32" ? "float32" : "int32"),
  ...(labels === undefined || roles.labels === undefined
    ? {}
    : { [roles.labels.name]: roles.labels.dtype === "float32" ? ops.cast(labels, "float32") : labels }),
});
