/**
 * The weights of a polynomial's values at the nodes in a functional that is known by its moments: of each Lagrange
 * polynomial of the nodes, Σ_k c_k·moments[k].
 * @param nodes distinct
 * @param moments what the functional makes of u^k, at least one for each node
 */
export const interpolationWeights = (nodes: readonly number[], moments: readonly number[]): number[] =>
  nodes.map((node, j) => {
    let basis = [1];
    nodes.forEach((other, i) => {
      if (i === j) return;
      const factor = basis;
      basis = [...factor, 0].map((c, k) => ((factor[k - 1] ?? 0) - other * c) / (node - other));
    });
    return basis.reduce((sum, c, k) => sum + c * moments[k]!, 0);
  });
