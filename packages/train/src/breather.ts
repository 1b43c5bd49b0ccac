/**
 * Makes a function that lets the event loop run where it has not run for `every` milliseconds. On backends that compute
 * at once, awaiting tensors never leaves the microtasks: without this, no signal, timer or repaint would get its turn.
 */
export const breather = (every: number = 50): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < every) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
};
