import type { Tree } from "@nonmarkov/autodiff";
import type { State } from "./state.ts";

/** Training met non-finite losses or gradients several times in a row. Nothing is lost: see `state`. */
export class NonFiniteError<P extends Tree = Tree, S extends Tree = Tree> extends Error {
  /** Tells the error from others. */
  override readonly name = "NonFiniteError";
  /** The last loss. */
  readonly loss: number;
  /** The norm of the last gradient. */
  readonly gradNorm: number;
  /** How many steps in a row were skipped. */
  readonly skips: number;
  /**
   * The state that `fit` was at: parameters, average and optimizer as the last good step left them. It takes the place of
   * the state that was yielded last (or given, before the first yield), and the caller owns it.
   */
  readonly state: State<P, S>;

  constructor(at: {
    readonly loss: number;
    readonly gradNorm: number;
    readonly skips: number;
    readonly state: State<P, S>;
  }) {
    const { loss, gradNorm, skips, state } = at;
    super(
      `fit: loss and gradient must be finite, but at step ${state.step} the loss was ${loss} and the norm of its ` +
        `gradient ${gradNorm}, the ${skips}. time in a row; the parameters of the last good step are kept: try a lower ` +
        `learning rate, a longer warm-up or clipByGlobalNorm, and look at the data`,
    );
    this.loss = loss;
    this.gradNorm = gradNorm;
    this.skips = skips;
    this.state = state;
  }
}
