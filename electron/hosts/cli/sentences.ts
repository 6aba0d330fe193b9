import type { DatasetSummary, Refusal } from "../../contracts/dataset.ts";
import type { MethodDescription, OperationResponse, ProviderReport } from "../../contracts/operations.ts";
import type { Metrics, Output } from "../../contracts/record.ts";

/** What the command line says to people. */

export function datasetLines(one: DatasetSummary): string[] {
  const spacing =
    one.spacingMm === null
      ? "spacing unknown"
      : `${one.spacingMm.map((mm) => mm?.toFixed(2) ?? "?").join(" x ")} mm`;
  return [
    `${one.id}  ${one.kind}  ${one.format}  ${one.title}${one.synthetic ? "  SYNTHETIC" : ""}`,
    `  ${one.shape.join(" x ")}  image ${one.matrix.join(" x ")}  ${one.coils} coil${one.coils === 1 ? "" : "s"}  ` +
      `${spacing}  ${one.orientation}  ${one.acceleration.toFixed(2)}x`,
    ...one.warnings.map((warning) => `  warning: ${warning.text}`),
  ];
}

/** A method with its options: key, default, limits, unit and help, from its schema. */
export function methodLines(one: MethodDescription): string[] {
  const properties = (one.optionsSchema.properties ?? {}) as Record<string, Record<string, unknown>>;
  const options = Object.entries(properties).map(([key, schema]) => {
    const choices = Array.isArray(schema.enum) ? ` one of ${schema.enum.join(", ")}` : "";
    const limits =
      typeof schema.minimum === "number" && typeof schema.maximum === "number"
        ? ` ${schema.minimum} to ${schema.maximum}`
        : "";
    const unit = typeof schema.unit === "string" && schema.unit !== "1" ? ` ${schema.unit}` : "";
    return `    --set ${key}=${String(schema.default)}${choices}${limits}${unit}: ${String(schema.help ?? "")}`;
  });
  return [`${one.id}  ${one.title}`, `  ${one.help}`, ...options];
}

export function refusalLines(refused: readonly Refusal[]): string[] {
  return refused.map(
    (one) =>
      `refused: ${[one.code, one.path, one.where, one.reason].filter((part) => part !== null).join(": ")}`,
  );
}

export function outputLines(outputs: readonly Output[]): string[] {
  return outputs.map((one) => `${one.format.padEnd(8)} ${one.path}`);
}

export function metricLines(metrics: Metrics): string[] {
  return [
    `NMSE  ${metrics.nmse.toExponential(4)}`,
    `NRMSE ${metrics.nrmse.toFixed(5)}`,
    `PSNR  ${metrics.psnr.toFixed(2)} dB`,
    `SSIM  ${metrics.ssim.toFixed(4)}`,
    `HFEN  ${metrics.hfen.toFixed(4)}`,
    `over ${metrics.n} slice${metrics.n === 1 ? "" : "s"}`,
  ];
}

export function reconLines(done: OperationResponse<"recon">): string[] {
  const worst = done.residual.reduce<number | null>(
    (most, one) => (one === null ? most : Math.max(most ?? 0, one)),
    null,
  );
  return [
    ...outputLines(done.outputs),
    `record   ${done.record}`,
    `pixels   ${done.pixelsSha256}`,
    `time     ${done.seconds.total.toFixed(2)} s, memory at most ${Math.round(done.peakBytes / 1e6)} MB`,
    ...(worst === null ? [] : [`residual ${worst.toExponential(3)} (worst slice, |A x - y| / |y|)`]),
    ...(done.metrics === null ? [] : metricLines(done.metrics)),
  ];
}

export function modelLines(models: OperationResponse<"models">["models"], note: string): string[] {
  const lines = models.map(
    (one) =>
      `${one.id}  ${one.kind}  ${(one.bytes / 1e6).toFixed(1)} MB  ${one.sha256ok ? "intact" : "DAMAGED: its hash differs"}  ${one.domain}`,
  );
  return note === "" ? lines : [...lines, note];
}

export function deviceLines(providers: readonly ProviderReport[]): string[] {
  return providers.map(
    (one) =>
      `${one.id.padEnd(7)} ${one.usable ? "usable" : "not usable"}${one.gflops === null ? "" : `  ${one.gflops.toFixed(0)} GFLOP/s`}  ${one.reason}`,
  );
}
