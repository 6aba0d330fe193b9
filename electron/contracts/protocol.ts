import { z } from "zod";
import { faultSchema } from "./errors.ts";
import { operationEventSchema } from "./operations.ts";

/** Messages between a door and its engine process. Requests and responses are checked by `operations`. */
export const toEngineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("start"),
    id: z.number().int(),
    operation: z.string(),
    request: z.unknown(),
  }),
  z.strictObject({ type: z.literal("cancel"), id: z.number().int() }),
  z.strictObject({ type: z.literal("shutdown") }),
]);

export const fromEngineSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("ready"), version: z.string(), pid: z.number().int() }),
  z.strictObject({ type: z.literal("event"), id: z.number().int(), event: operationEventSchema }),
  z.strictObject({
    type: z.literal("done"),
    id: z.number().int(),
    response: z.unknown(),
    rssBytes: z.number(),
  }),
  z.strictObject({
    type: z.literal("failed"),
    id: z.number().int(),
    fault: faultSchema,
    rssBytes: z.number(),
  }),
]);
export type FromEngine = z.infer<typeof fromEngineSchema>;
