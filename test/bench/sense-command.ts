import { createSenseSolver } from "../../electron/engine/physics/kernels/solver.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { acquired } from "./acquired.ts";

/**
 * `node sense-command.ts SAMPLES MAPS OUT LAMBDA ITERATIONS [WAVELET-LAMBDA]`: what `bart pics` does with the same
 * files, for the bench.
 */
const [, , samplesStem, mapsStem, outStem, lambda, iterations, sparse] = process.argv;
const samples = readCfl(samplesStem);
const maps = readCfl(mapsStem);
const solver = createSenseSolver({ maps, mask: acquired(samples) });
const rightHandSide = solver.adjoint(samples);
if (sparse === undefined) {
  solver.begin(rightHandSide, Number(lambda));
  for (let i = 0; i < Number(iterations); i++) solver.iterate();
} else {
  solver.beginSparse(rightHandSide, { lambda: Number(sparse), wavelet: "db2", levels: 3, step: 1 });
  // A fixed walk over the shifts: the bench needs no random numbers.
  for (let i = 0; i < Number(iterations); i++) solver.iterateSparse([(5 * i) % 8, (3 * i) % 8]);
}
writeCfl(outStem, solver.solution());
