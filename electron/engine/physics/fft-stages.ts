/** One pass of a Stockham transform: its small DFT and the twiddle factors that follow it. */
export interface Stage {
  readonly radix: number;
  /** Cosine and sine of `-2 pi q r / n` for q below n / radix and r from 1 below the radix. */
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

/** Radices of a length in the order of the passes: 4 first, then primes. */
export function radices(length: number): number[] {
  const out: number[] = [];
  let rest = length;
  for (const radix of [4, 2, 3, 5]) {
    while (rest % radix === 0) {
      out.push(radix);
      rest /= radix;
    }
  }
  for (let prime = 7; rest > 1; prime += 2) {
    while (rest % prime === 0) {
      out.push(prime);
      rest /= prime;
    }
  }
  return out;
}

/** Passes for a length with these radices, twiddle factors computed. */
export function stagesOf(length: number, factors: readonly number[]): Stage[] {
  let n = length;
  return factors.map((radix) => {
    const m = n / radix;
    const cosine = new Float64Array(m * (radix - 1));
    const sine = new Float64Array(m * (radix - 1));
    for (let q = 0; q < m; q++) {
      for (let r = 1; r < radix; r++) {
        const angle = (-2 * Math.PI * ((q * r) % n)) / n;
        cosine[q * (radix - 1) + r - 1] = Math.cos(angle);
        sine[q * (radix - 1) + r - 1] = Math.sin(angle);
      }
    }
    n = m;
    return { radix, cosine, sine };
  });
}

/** Small DFTs of one stage: lines of stride `s` from (xr, xi) to (yr, yi), `m` twiddled groups. */
export function runStage(
  stage: Stage,
  m: number,
  s: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  const { radix, cosine, sine } = stage;
  const step = s * m;
  switch (radix) {
    case 2:
      for (let q = 0; q < m; q++) {
        const c1 = cosine[q];
        const s1 = sine[q];
        for (let k = 0; k < s; k++) {
          const a = k + s * q;
          const b = a + step;
          const y = k + 2 * s * q;
          const dr = xr[a] - xr[b];
          const di = xi[a] - xi[b];
          yr[y] = xr[a] + xr[b];
          yi[y] = xi[a] + xi[b];
          yr[y + s] = dr * c1 - di * s1;
          yi[y + s] = dr * s1 + di * c1;
        }
      }
      return;
    case 3: {
      const h = Math.sqrt(3) / 2;
      for (let q = 0; q < m; q++) {
        const c1 = cosine[2 * q];
        const s1 = sine[2 * q];
        const c2 = cosine[2 * q + 1];
        const s2 = sine[2 * q + 1];
        for (let k = 0; k < s; k++) {
          const a = k + s * q;
          const b = a + step;
          const c = b + step;
          const y = k + 3 * s * q;
          const tr = xr[b] + xr[c];
          const ti = xi[b] + xi[c];
          const ur = xr[a] - tr / 2;
          const ui = xi[a] - ti / 2;
          const vr = h * (xi[b] - xi[c]);
          const vi = -h * (xr[b] - xr[c]);
          yr[y] = xr[a] + tr;
          yi[y] = xi[a] + ti;
          yr[y + s] = (ur + vr) * c1 - (ui + vi) * s1;
          yi[y + s] = (ur + vr) * s1 + (ui + vi) * c1;
          yr[y + 2 * s] = (ur - vr) * c2 - (ui - vi) * s2;
          yi[y + 2 * s] = (ur - vr) * s2 + (ui - vi) * c2;
        }
      }
      return;
    }
    case 4:
      for (let q = 0; q < m; q++) {
        const c1 = cosine[3 * q];
        const s1 = sine[3 * q];
        const c2 = cosine[3 * q + 1];
        const s2 = sine[3 * q + 1];
        const c3 = cosine[3 * q + 2];
        const s3 = sine[3 * q + 2];
        for (let k = 0; k < s; k++) {
          const a = k + s * q;
          const b = a + step;
          const c = b + step;
          const d = c + step;
          const y = k + 4 * s * q;
          const acr = xr[a] + xr[c];
          const aci = xi[a] + xi[c];
          const bdr = xr[b] + xr[d];
          const bdi = xi[b] + xi[d];
          const er = xr[a] - xr[c];
          const ei = xi[a] - xi[c];
          // (b - d) times -i
          const fr = xi[b] - xi[d];
          const fi = xr[d] - xr[b];
          yr[y] = acr + bdr;
          yi[y] = aci + bdi;
          yr[y + s] = (er + fr) * c1 - (ei + fi) * s1;
          yi[y + s] = (er + fr) * s1 + (ei + fi) * c1;
          yr[y + 2 * s] = (acr - bdr) * c2 - (aci - bdi) * s2;
          yi[y + 2 * s] = (acr - bdr) * s2 + (aci - bdi) * c2;
          yr[y + 3 * s] = (er - fr) * c3 - (ei - fi) * s3;
          yi[y + 3 * s] = (er - fr) * s3 + (ei - fi) * c3;
        }
      }
      return;
    case 5: {
      const ca = Math.cos((2 * Math.PI) / 5);
      const sa = Math.sin((2 * Math.PI) / 5);
      const cb = Math.cos((4 * Math.PI) / 5);
      const sb = Math.sin((4 * Math.PI) / 5);
      for (let q = 0; q < m; q++) {
        const w = 4 * q;
        for (let k = 0; k < s; k++) {
          const a = k + s * q;
          const b = a + step;
          const c = b + step;
          const d = c + step;
          const e = d + step;
          const y = k + 5 * s * q;
          const ber = xr[b] + xr[e];
          const bei = xi[b] + xi[e];
          const bmr = xr[b] - xr[e];
          const bmi = xi[b] - xi[e];
          const cdr = xr[c] + xr[d];
          const cdi = xi[c] + xi[d];
          const cmr = xr[c] - xr[d];
          const cmi = xi[c] - xi[d];
          const ur = xr[a] + ca * ber + cb * cdr;
          const ui = xi[a] + ca * bei + cb * cdi;
          const vr = xr[a] + cb * ber + ca * cdr;
          const vi = xi[a] + cb * bei + ca * cdi;
          const pr = sa * bmi + sb * cmi;
          const pi = -sa * bmr - sb * cmr;
          const gr = sb * bmi - sa * cmi;
          const gi = -sb * bmr + sa * cmr;
          yr[y] = xr[a] + ber + cdr;
          yi[y] = xi[a] + bei + cdi;
          yr[y + s] = (ur + pr) * cosine[w] - (ui + pi) * sine[w];
          yi[y + s] = (ur + pr) * sine[w] + (ui + pi) * cosine[w];
          yr[y + 2 * s] = (vr + gr) * cosine[w + 1] - (vi + gi) * sine[w + 1];
          yi[y + 2 * s] = (vr + gr) * sine[w + 1] + (vi + gi) * cosine[w + 1];
          yr[y + 3 * s] = (vr - gr) * cosine[w + 2] - (vi - gi) * sine[w + 2];
          yi[y + 3 * s] = (vr - gr) * sine[w + 2] + (vi - gi) * cosine[w + 2];
          yr[y + 4 * s] = (ur - pr) * cosine[w + 3] - (ui - pi) * sine[w + 3];
          yi[y + 4 * s] = (ur - pr) * sine[w + 3] + (ui - pi) * cosine[w + 3];
        }
      }
      return;
    }
    default:
      runPrimeStage(stage, m, s, xr, xi, yr, yi);
  }
}

/** A stage of any odd prime: samples j and p - j are taken together, which leaves a quarter of the products. */
function runPrimeStage(
  stage: Stage,
  m: number,
  s: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  const { radix, cosine, sine } = stage;
  const half = (radix - 1) / 2;
  const rootCosine = Float64Array.from({ length: radix }, (_, j) => Math.cos((-2 * Math.PI * j) / radix));
  const rootSine = Float64Array.from({ length: radix }, (_, j) => Math.sin((-2 * Math.PI * j) / radix));
  const plus = new Float64Array(2 * half);
  const minus = new Float64Array(2 * half);
  for (let q = 0; q < m; q++) {
    const w = q * (radix - 1) - 1;
    for (let k = 0; k < s; k++) {
      const x = k + s * q;
      const y = k + s * radix * q;
      let totalReal = xr[x];
      let totalImaginary = xi[x];
      for (let j = 1; j <= half; j++) {
        const a = x + j * s * m;
        const b = x + (radix - j) * s * m;
        plus[2 * j - 2] = xr[a] + xr[b];
        plus[2 * j - 1] = xi[a] + xi[b];
        minus[2 * j - 2] = xr[a] - xr[b];
        minus[2 * j - 1] = xi[a] - xi[b];
        totalReal += plus[2 * j - 2];
        totalImaginary += plus[2 * j - 1];
      }
      yr[y] = totalReal;
      yi[y] = totalImaginary;
      for (let r = 1; r <= half; r++) {
        let evenReal = xr[x];
        let evenImaginary = xi[x];
        let oddReal = 0;
        let oddImaginary = 0;
        let root = 0;
        for (let j = 0; j < 2 * half; j += 2) {
          root += r;
          if (root >= radix) root -= radix;
          evenReal += rootCosine[root] * plus[j];
          evenImaginary += rootCosine[root] * plus[j + 1];
          oddReal -= rootSine[root] * minus[j + 1];
          oddImaginary += rootSine[root] * minus[j];
        }
        const [fr, fi] = [evenReal + oddReal, evenImaginary + oddImaginary];
        const [gr, gi] = [evenReal - oddReal, evenImaginary - oddImaginary];
        const last = radix - r;
        yr[y + s * r] = fr * cosine[w + r] - fi * sine[w + r];
        yi[y + s * r] = fr * sine[w + r] + fi * cosine[w + r];
        yr[y + s * last] = gr * cosine[w + last] - gi * sine[w + last];
        yi[y + s * last] = gr * sine[w + last] + gi * cosine[w + last];
      }
    }
  }
}
