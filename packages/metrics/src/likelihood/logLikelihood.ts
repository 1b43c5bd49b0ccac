/** The log-likelihood, in nats, of one number x under a model with a mean and a log-variance. */
export type LogLikelihood = (x: number, mean: number, logVariance: number) => number;
