/**
 * The graph of the providers' self-test, an ONNX file in base64. Written by test/fixtures/make_onnx.py, which
 * says what it computes; do not edit by hand. Kept in the code so that it cannot be missing from a package.
 */
export const selfTestGraph =
  "CAgSCFB1cmVFY2hvOoUHCj8KDGtlcm5lbF9zdGFydAoMa2VybmVsX2xpbWl0CgxrZXJuZWxfZGVsdGESDGtlcm5lbF9pbmRleCIF" +
  "UmFuZ2UKLgoMa2VybmVsX2luZGV4CgtrZXJuZWxfc3RlcBIMa2VybmVsX2FuZ2xlIgNNdWwKIAoMa2VybmVsX2FuZ2xlEgtrZXJu" +
  "ZWxfZmxhdCIDU2luCiwKC2tlcm5lbF9mbGF0CgxrZXJuZWxfc2hhcGUSBmtlcm5lbCIHUmVzaGFwZQo7CgtyaWdodF9zdGFydAoL" +
  "cmlnaHRfbGltaXQKC3JpZ2h0X2RlbHRhEgtyaWdodF9pbmRleCIFUmFuZ2UKKwoLcmlnaHRfaW5kZXgKCnJpZ2h0X3N0ZXASC3Jp" +
  "Z2h0X2FuZ2xlIgNNdWwKHgoLcmlnaHRfYW5nbGUSCnJpZ2h0X2ZsYXQiA1NpbgopCgpyaWdodF9mbGF0CgtyaWdodF9zaGFwZRIF" +
  "cmlnaHQiB1Jlc2hhcGUKQAoFaW1hZ2UKBmtlcm5lbBIJY29udm9sdmVkGgtjb252b2x1dGlvbiIEQ29udioRCgRwYWRzQAFAAUAB" +
  "QAGgAQcKLgoEbGVmdAoFcmlnaHQSB3Byb2R1Y3QaDm1hdHJpeF9wcm9kdWN0IgZNYXRNdWwSCXNlbGZfdGVzdCoWEAFCDGtlcm5l" +
  "bF9zdGFydEoEAAAAACoWEAFCDGtlcm5lbF9saW1pdEoEAAAQRyoWEAFCDGtlcm5lbF9kZWx0YUoEAACAPyoVEAFCC2tlcm5lbF9z" +
  "dGVwSgQAAAA+KjQIBBAHQgxrZXJuZWxfc2hhcGVKIEAAAAAAAAAAQAAAAAAAAAADAAAAAAAAAAMAAAAAAAAAKhUQAUILcmlnaHRf" +
  "c3RhcnRKBAAAAAAqFRABQgtyaWdodF9saW1pdEoEAACASCoVEAFCC3JpZ2h0X2RlbHRhSgQAAIA/KhQQAUIKcmlnaHRfc3RlcEoE" +
  "AACAPSojCAIQB0ILcmlnaHRfc2hhcGVKEAACAAAAAAAAAAIAAAAAAABaHwoFaW1hZ2USFgoUCAESEAoCCAIKAghACgIIYAoCCGBa" +
  "GAoEbGVmdBIQCg4IARIKCgMIgAQKAwiABGIjCgljb252b2x2ZWQSFgoUCAESEAoCCAIKAghACgIIYAoCCGBiGwoHcHJvZHVjdBIQ" +
  "Cg4IARIKCgMIgAQKAwiABEIECgAQEQ==";
