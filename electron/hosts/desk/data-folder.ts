import { chmod, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * The one folder in which PureEcho keeps what it makes for its window: results, dropped files, exports on their way.
 * `PUREECHO_DATA` names it; otherwise each system's convention for application data holds.
 */
export function dataFolderPath(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const stated = environment.PUREECHO_DATA;
  if (stated !== undefined && stated !== "") return resolve(stated);
  if (platform === "win32") {
    return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "PureEcho");
  }
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "PureEcho");
  const xdg = environment.XDG_DATA_HOME;
  // The XDG specification says that a relative path is to be ignored.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".local", "share");
  return join(base, "pureecho");
}

/** Makes a folder that only its owner can look into (mode 0700), also when it existed with a wider one. */
export async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return path;
}
