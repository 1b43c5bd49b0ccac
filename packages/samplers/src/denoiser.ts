/**
 * Predicts, from x at index t (1..T, one number for the whole batch), what {@link Prediction} names. Borrows x; the
 * caller owns the result, which has x's shape and is another vector than x.
 */
export type Denoiser<V> = (x: V, t: number) => V | Promise<V>;

/**
 * What a denoiser's output means, where x = √a·x0 + √(1-a)·eps and a = alphaBar[t]: the noise eps, the clean data x0,
 * v = √a·eps - √(1-a)·x0, or score = -eps/√(1-a).
 */
export type Prediction = "eps" | "x0" | "v" | "score";
