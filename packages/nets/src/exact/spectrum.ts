import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Covariance, Principal } from "./covariance.ts";

/** A checked covariance: variances along principal directions; the axes where no directions are given. */
export type Spectrum = {
  readonly variances: Float64Array;
  /** Row-major [dim, dim], one direction per row. */
  readonly directions?: Float64Array;
};

/** Rounding may leave a tiny negative eigenvalue, and a basis that is orthonormal only to some digits. */
const tolerance = 1e-8;

/** Checks a covariance of the given dimension and diagonalises it; `where` and `name` begin the error's text. */
export const spectrum = (where: string, name: string, dim: number, covariance: Covariance): Spectrum => {
  if (typeof covariance === "number")
    return { variances: checked(where, name, dim, new Float64Array(dim).fill(covariance)) };
  if ("directions" in covariance) return fromPrincipal(where, name, dim, covariance);
  if (covariance.length === dim && covariance.every((row) => typeof row === "number"))
    return { variances: checked(where, name, dim, Float64Array.from(covariance)) };
  return fromMatrix(where, name, dim, covariance as readonly (readonly number[])[]);
};

const checked = (where: string, name: string, dim: number, variances: Float64Array): Float64Array => {
  if (variances.length !== dim)
    throw new RangeError(`${where}: ${name} must have ${dim} variances, got ${variances.length}`);
  const wrong = variances.find((l) => !(l >= 0 && l < Infinity));
  if (wrong !== undefined)
    throw new RangeError(`${where}: the variances of ${name} must be finite and >= 0, got ${wrong}`);
  return variances;
};

const square = (where: string, what: string, dim: number, rows: readonly (readonly number[])[]): Matrix => {
  if (rows.length !== dim || rows.some((row) => !Array.isArray(row) || row.length !== dim))
    throw new RangeError(
      `${where}: ${what} must have ${dim} rows of ${dim} numbers, or be a number or ${dim} variances`,
    );
  return new Matrix(rows.map((row) => [...row]));
};

const fromPrincipal = (where: string, name: string, dim: number, { directions, variances }: Principal): Spectrum => {
  const basis = square(where, `the directions of ${name}`, dim, directions);
  const off = Matrix.sub(basis.mmul(basis.transpose()), Matrix.eye(dim)).abs().max();
  if (!(off <= tolerance))
    throw new RangeError(`${where}: the directions of ${name} must be orthonormal, their products are off by ${off}`);
  return {
    variances: checked(where, name, dim, Float64Array.from(variances)),
    directions: Float64Array.from(basis.to1DArray()),
  };
};

const fromMatrix = (where: string, name: string, dim: number, rows: readonly (readonly number[])[]): Spectrum => {
  const matrix = square(where, name, dim, rows);
  const size = matrix.clone().abs().max();
  if (!(size < Infinity)) throw new RangeError(`${where}: ${name} must be finite`);
  const off = Matrix.sub(matrix, matrix.transpose()).abs().max();
  if (off > tolerance * size) throw new RangeError(`${where}: ${name} must be symmetric, it is off by ${off}`);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const smallest = Math.min(...realEigenvalues);
  if (smallest < -tolerance * size)
    throw new RangeError(`${where}: ${name} must be positive semi-definite, it has the eigenvalue ${smallest}`);
  return {
    variances: Float64Array.from(realEigenvalues, (l) => Math.max(l, 0)),
    directions: Float64Array.from(eigenvectorMatrix.transpose().to1DArray()),
  };
};
