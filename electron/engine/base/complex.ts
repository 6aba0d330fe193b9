/**
 * Complex samples, float32, real and imaginary parts interleaved, row-major (last axis contiguous): `data` has
 * `2 * product(shape)` values.
 */
export interface ComplexArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Real samples, float32, row-major. */
export interface RealArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function complexZeros(...shape: number[]): ComplexArray {
  return { shape, data: new Float32Array(2 * sizeOf(shape)) };
}

/** Part `index` of the first axis, a view on the same memory. */
export function complexPart(array: ComplexArray, index: number): ComplexArray {
  const shape = array.shape.slice(1);
  const length = 2 * sizeOf(shape);
  return { shape, data: array.data.subarray(index * length, (index + 1) * length) };
}

export function magnitude(array: ComplexArray): RealArray {
  const out = new Float32Array(array.data.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Math.hypot(array.data[2 * i], array.data[2 * i + 1]);
  return { shape: array.shape, data: out };
}

/** Sum over conj(a) b in float64: `[real, imaginary]`. */
export function innerProduct(a: Float32Array, b: Float32Array): [number, number] {
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < a.length; i += 2) {
    real += a[i] * b[i] + a[i + 1] * b[i + 1];
    imaginary += a[i] * b[i + 1] - a[i + 1] * b[i];
  }
  return [real, imaginary];
}

/** Sum of squared magnitudes in float64. */
export function energy(data: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  return sum;
}
