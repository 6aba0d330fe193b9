import type { SelfCheck } from "../../contracts/record.ts";
import type { ComplexArray } from "../base/complex.ts";

/** An image that explains the data worse than an empty one is no reconstruction of them. */
const largestMisfit = 1;

/**
 * Whether a result is a picture at all: finite, not constant, and closer to the data than nothing is.
 *
 * @param image `[slice, y, x]`
 * @param residuals `|A x - y| / |y|` per slice, null where a method has no forward model
 */
export function selfCheck(image: ComplexArray, residuals: readonly (number | null)[]): SelfCheck {
  const { data } = image;
  let finite = true;
  let constant = true;
  for (let i = 0; i < data.length; i += 2) {
    if (!Number.isFinite(data[i]) || !Number.isFinite(data[i + 1])) finite = false;
    if (data[i] !== data[0] || data[i + 1] !== data[1]) constant = false;
  }
  const stated = residuals.filter((one) => one !== null);
  const broken = stated.some((one) => !Number.isFinite(one));
  const dataMisfit = stated.length === 0 || broken ? null : Math.max(...stated);
  const faults = [
    finite ? null : "the image holds values that are not finite",
    constant ? "the image is constant" : null,
    broken ? "the data misfit is not finite" : null,
    dataMisfit !== null && dataMisfit > largestMisfit
      ? `the image explains the data worse than an empty one (misfit ${dataMisfit.toFixed(3)})`
      : null,
  ].filter((fault) => fault !== null);
  return {
    passed: faults.length === 0,
    finite,
    constant,
    dataMisfit,
    note: faults.length === 0 ? "finite, not constant" : faults.join("; "),
  };
}
