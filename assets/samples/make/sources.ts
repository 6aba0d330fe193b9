import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { sha256, sha256OfFile } from "../../../electron/engine/base/hash.ts";

/** Where the samples come from, with the hash of what is used. Everything is fetched through pip and apt. */
export const origins = {
  phantom: {
    package: "twixtools 0.24 (PyPI, source distribution)",
    file: "example_data/gre.dat",
    sha256: "10ce71c8cba94fb47989fe69d45c86673508f178e8b4c2399e805f27936b01ca",
  },
  multiframe: {
    package: "pydicom-data 1.0.0 (PyPI)",
    file: "data_store/data/emri_small.dcm",
    sha256: "151233ec63f64ebb63b979df51aa827cd612a53422c073f6ef341770c7bc9a56",
  },
  head: {
    package: "mricron-data 1.2.20211006+dfsg-4 (Debian 12)",
    file: "usr/share/mricron/templates/ch2.nii.gz",
    sha256: "a009051127f64dc3dd554d5f5b589870ea72106d9642c21b4e7093e478cfc309",
  },
} as const;

export interface Sources {
  /** Python with the packages of requirements.txt. */
  readonly python: string;
  readonly phantom: string;
  readonly multiframe: Uint8Array;
  readonly head: string;
}

/** Runs a program in `folder`; throws with its output when it fails. */
export function run(folder: string, command: string, ...args: string[]): void {
  const done = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (done.error) throw done.error;
  if (done.status !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} exited with ${done.status}\n${done.stdout}\n${done.stderr}`,
    );
  }
}

function checked(found: string, origin: (typeof origins)[keyof typeof origins]): void {
  if (found !== origin.sha256) {
    throw new Error(`${origin.file} of ${origin.package} has SHA-256 ${found}, expected ${origin.sha256}`);
  }
}

async function fileEndingWith(folder: string, end: string): Promise<string | null> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const found = names.find((name) => name.endsWith(end));
  return found === undefined ? null : join(folder, found);
}

/** Fetches what is missing below `folder` and checks the hashes; a second call fetches nothing. */
export async function fetchSources(folder: string): Promise<Sources> {
  await mkdir(folder, { recursive: true });
  const python = join(folder, "python", "bin", "python");
  if (!existsSync(python)) {
    run(folder, "python3", "-m", "venv", "python");
    run(folder, python, "-m", "pip", "install", "-q", "-r", join(import.meta.dirname, "requirements.txt"));
  }
  const pip = [python, "-m", "pip", "download", "-q", "--no-deps", "-d", "packages"] as const;
  const packages = join(folder, "packages");
  if ((await fileEndingWith(packages, "twixtools-0.24.tar.gz")) === null) {
    run(folder, ...pip, "--no-binary", ":all:", "twixtools==0.24");
    run(folder, "tar", "xzf", join(packages, "twixtools-0.24.tar.gz"));
  }
  const phantom = join(folder, "twixtools-0.24", origins.phantom.file);
  checked(await sha256OfFile(phantom), origins.phantom);

  if ((await fileEndingWith(packages, ".whl")) === null) run(folder, ...pip, "pydicom-data==1.0.0");
  const wheel = await fileEndingWith(packages, ".whl");
  const { file } = origins.multiframe;
  const multiframe = unzipSync(await readFile(wheel ?? ""), { filter: (entry) => entry.name === file })[file];
  checked(sha256(multiframe), origins.multiframe);

  const head = join(folder, "mricron", origins.head.file);
  if (!existsSync(head)) {
    run(folder, "apt-get", "download", "mricron-data");
    run(folder, "dpkg-deb", "-x", (await fileEndingWith(folder, ".deb")) ?? "", "mricron");
  }
  checked(await sha256OfFile(head), origins.head);
  return { python, phantom, multiframe, head };
}

/** Converts the twix file of the phantom; the same versions give the same bytes. */
export async function convertPhantom(sources: Sources, target: string): Promise<void> {
  // The converter appends to a file that is there already.
  await rm(target, { force: true });
  run(import.meta.dirname, sources.python, "twix_to_ismrmrd.py", sources.phantom, target);
}
