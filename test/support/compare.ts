/** `|a - s b| / |a|` with the complex factor s that fits best; arrays are interleaved complex. */
export function nrmseAfterScale(
  a: Float32Array,
  b: Float32Array,
): { nrmse: number; scale: [number, number] } {
  let [crossReal, crossImaginary, norm, reference] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 2) {
    crossReal += b[i] * a[i] + b[i + 1] * a[i + 1];
    crossImaginary += b[i] * a[i + 1] - b[i + 1] * a[i];
    norm += b[i] ** 2 + b[i + 1] ** 2;
    reference += a[i] ** 2 + a[i + 1] ** 2;
  }
  const [re, im] = [crossReal / norm, crossImaginary / norm];
  let error = 0;
  for (let i = 0; i < a.length; i += 2) {
    error += (a[i] - re * b[i] + im * b[i + 1]) ** 2 + (a[i + 1] - re * b[i + 1] - im * b[i]) ** 2;
  }
  return { nrmse: Math.sqrt(error / reference), scale: [re, im] };
}

/** `|a - b| / |a|` */
export function nrmse(a: Float32Array, b: Float32Array): number {
  let [error, reference] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    error += (a[i] - b[i]) ** 2;
    reference += a[i] ** 2;
  }
  return Math.sqrt(error / reference);
}
