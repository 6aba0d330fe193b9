export { combine, descend, dot } from "./iteration";
export { forwardLine, inverseLine } from "./lines";
export { columnsForward, columnsInverse, columnsMasked, copyLine, normalLines, normalPlane, rowsForward, rowsInverse } from "./operator";
export { pack, transpose, unpack } from "./packing";
export { waveletForward, waveletInverse, waveletPlace, waveletShrink, waveletTake } from "./wavelet";
