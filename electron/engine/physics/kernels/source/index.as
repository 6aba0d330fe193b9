export { combine, descend, dot } from "./iteration";
export { forwardLine, inverseLine } from "./lines";
export { columnsMasked, copyLine, lineForward, lineInverse, normalLines, normalPlane, rowsForward, rowsInverse } from "./operator";
export { pack, transpose, unpack } from "./packing";
