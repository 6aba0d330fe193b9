/**
 * An empty ISMRMRD file, deflated and in base64: group `dataset` with the table `data` of acquisitions, a compound of `head`, `traj` and
 * `data` as ismrmrd.h and dataset.h lay it out, zero rows, unlimited, in chunks of 16. h5wasm cannot create variable-length or array
 * members, but it can extend and fill a table that has them. Made by test/fixtures/make-ismrmrd-template.py; a conformance test
 * holds its type against the one of the `ismrmrd` Python package.
 */
export const ismrmrdTemplate =
  "eNrtVs2O0zAQdpIWomq3KivEAhcqhFYrbiAOHEHaop4AwR64GW/itmbzt7ZT0RN7XN5khRBCHHgATpx4AE6ceABeYLFjO03c" +
  "VFD2SC1Fjme+8Yxnvozzdrj3aLNzvQPk8H3QAj1QHWd6HHfra6N/qWdHzyd6PnWN3Cl0V7X8kt7fxu0/Gwwk+swaxs+Ptpp9" +
  "sB7/4xgOHj6V8wu9Niz96tZxIeKIYV7ycXhOv8v4O/TUetL+O/7e31zzd83fRf6etBf5W+2n5+Xv88dP9iSDDe/6Xr1f2zxe" +
  "j2V9oKVydsGsVUdwHKfxvvTAaVtqdkR+uXiZYBQazI4w3ReyKaaMpEnJB1e/jSI0ZnrdK3vGAxBjxHKKY5xwmJMQdLS+pSoL" +
  "WIASGKR5wjGVkq6lR8FRThjhwifkJMaQcRRnAGxZuGwyE3FF6XhWg4Er4rktng3NH6/CZWOb5PEBpjAdQSaMIsw05qZ1RjRF" +
  "JEIHEYbBBCUJjjTwlo0LOJlWQDuWXitgjNihlOzqGI91jL1KjCaPIRGZoiHMKFb/INaepT5lXEre2T6xzLA+oJC8t/Q4CdKQ" +
  "JGPIMhRgSPFIxfDBwnGKXuGAp3QGQ5HnRJJBpuGjhVOOVC1yAfgk76H+jTLn2z7YfiPeRLxFcQ3PPi+pV5MtFfwUUVBj+2UF" +
  "22wirtyK8bcVbFlEgqrt91X8Ik7kt8ALHs1P/3OFPUj4upD8kt9lR/H0UNWtKKNkP87gHVDhkalLA+4uqHy3c65jisa48F2r" +
  "qzy7bik1fqWJoIbinvlnqOqLfIu3jiWnOMO8woAN2x9WW3YX5GPZUwpZVZ4z1Ue2dD57Op9+Qy4kFpKkjPmyo2z6to0/7xWF" +
  "zShKkba6t8SmqW7y2yn+uwTwmo6lCWfu0/APuLbwJn26nmrzvu7vnuuali5NubPkXt29uL4j/2X8BjUZIVQ=";
