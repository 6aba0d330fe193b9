const adapterKinds: Partial<Record<NodeJS.Platform, string>> = {
  linux: "Vulkan",
  win32: "Direct3D 12",
  darwin: "Metal",
};

/** A failure of the runtime in plain words; the first rule that fits, else the runtime's first line without paths. */
export function plainReason(platform: NodeJS.Platform, text: string): string {
  const library = /\b(lib(?:cu|nv|onnx)[\w-]*\.so[.\d]*): cannot open shared object file/.exec(text)?.[1];
  const adapter = adapterKinds[platform] ?? "graphics";
  if (library !== undefined) return `no NVIDIA library found: ${library} is missing`;
  if (/driver version is insufficient|CUDA failure 35\b/.test(text)) {
    return "the NVIDIA driver is too old for the CUDA version of this build";
  }
  if (/no CUDA-capable device|CUDA failure 100\b/.test(text)) return "no NVIDIA GPU found";
  if (/out of memory|CUDA failure 2\b/i.test(text)) return "the memory of the device is full";
  if (/Couldn't load Vulkan|libvulkan/.test(text)) {
    return "no Vulkan adapter found: the Vulkan library (libvulkan.so.1) is not installed";
  }
  if (/No supported adapters|Failed to get a WebGPU adapter/.test(text)) return `no ${adapter} adapter found`;
  const line = text.split("\n").find((candidate) => candidate.trim() !== "") ?? "no reason given";
  return line
    .trim()
    .replace(/(?:[A-Za-z]:)?[\\/](?:[\w.+-]+[\\/])+/g, "")
    .slice(0, 200);
}
