import { foldIn } from "@nonmarkov/random";
import { cases, draw, seedOf } from "../../../packages/autodiff/test/cases.ts";
import { computed, type ContractCase, derivatives } from "../contractCase.ts";

/** Every op that has a gradient, over the ways in which its gradient is computed: values, gradient, gradient of the gradient. */
export const derivativeCases: readonly ContractCase[] = cases.map((each) =>
  computed(
    "derivatives",
    each.name,
    2e-5,
    derivatives({ inputs: () => draw(each, foldIn(seedOf(each.name), 1)), f: (...xs) => each.f(...xs) }),
  ),
);
