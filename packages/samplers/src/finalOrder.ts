/**
 * The order of move i of `count` where few moves end with lower orders: in fewer than 15, as in published code, the last
 * is of order 1, the one before of order 2 at most.
 */
export const finalOrder = (order: number, i: number, count: number, lowerOrderFinal: boolean): number =>
  lowerOrderFinal && count < 15 ? Math.min(order, count - i) : order;
