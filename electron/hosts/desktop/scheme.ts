import { readFile } from "node:fs/promises";
import type { CustomScheme } from "electron";
import { securityHeaders } from "../desk/headers.ts";
import { servedFile } from "../desk/served-file.ts";

/**
 * The shell's own scheme. It has what a page needs (standard: relative addresses and an origin; secure: a secure context;
 * fetch) and no more: it neither bypasses the content security policy nor takes part in CORS nor in service workers.
 */
export const appScheme: CustomScheme = {
  scheme: "app",
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

export const windowAddress = "app://bundle/";

/** True for addresses below `app://bundle/`, without credentials or port. */
export function isWindowAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  // Node gives a scheme of our own no origin; scheme, host, port and credentials together are one.
  return (
    url.protocol === "app:" &&
    url.host === "bundle" &&
    url.port === "" &&
    url.username === "" &&
    url.password === ""
  );
}

function refusal(status: number, reason: string): Response {
  return new Response(reason, {
    status,
    headers: { ...securityHeaders, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}

/**
 * Answers a request of the window with one of its own files.
 *
 * @param folder folder of the window's build
 * @returns 200 with the file, 403 for another host or a path or kind of file that is not served, 404 for what is not
 * there, 405 for methods other than GET. Every answer carries the security headers.
 */
export async function answerWindow(
  request: Pick<Request, "method" | "url">,
  folder: string,
): Promise<Response> {
  if (!isWindowAddress(request.url)) return refusal(403, "not an address of this window");
  if (request.method !== "GET") return refusal(405, "only GET is answered");
  const found = await servedFile(folder, new URL(request.url).pathname);
  if (found.status !== 200) return refusal(found.status, found.status === 404 ? "not found" : "not served");
  return new Response(await readFile(found.path), {
    headers: { ...securityHeaders, "content-type": found.type, "cache-control": "no-store" },
  });
}
