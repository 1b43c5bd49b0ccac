/** The numbers of steps that occur in results, each once, ascending. */
export const stepsOf = (results: readonly { readonly S: number }[]): readonly number[] =>
  [...new Set(results.map(({ S }) => S))].sort((a, b) => a - b);
