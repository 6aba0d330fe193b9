import { espiritMaps } from "../../electron/engine/physics/espirit.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { acquired } from "./acquired.ts";

/** `node maps-command.ts SAMPLES OUT`: what `bart ecalib -m1 -r24` does with the same file, for the bench. */
const [, , samplesStem, outStem] = process.argv;
const samples = readCfl(samplesStem);
const estimated = await espiritMaps({ samples, mask: acquired(samples), calibration: null }, () =>
  Promise.resolve(),
);
if (estimated === null) throw new Error("the calibration block is too small");
writeCfl(outStem, estimated.maps);
