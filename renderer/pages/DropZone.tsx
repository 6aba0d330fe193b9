import { type ReactNode, useEffect, useState } from "react";
import { useWindowStore } from "../state/context.ts";
import { words } from "../words/en.ts";
import styles from "./pages.module.css";

/** All files of a dropped folder, in the browser's own order. */
async function filesUnder(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = entry as FileSystemFileEntry;
    return [await new Promise<File>((resolve, reject) => file.file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files;
    for (const child of some) {
      if (!child.name.startsWith(".")) files.push(...(await filesUnder(child)));
    }
  }
}

/** Lets files be dropped anywhere in the window, and says so while they hover. */
export function DropZone(): ReactNode {
  const { api, tools } = useWindowStore();
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const onEnter = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setOver(true);
    };
    const onOver = (event: DragEvent): void => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const onLeave = (): void => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      depth = 0;
      setOver(false);
      const data = event.dataTransfer;
      if (data === null || !holdsFiles(event)) return;
      event.preventDefault();
      // Files and entries must be taken now: the lists are empty after this event.
      const plain = [...data.files];
      const entries = [...data.items]
        .map((item) => item.webkitGetAsEntry())
        .filter((entry) => entry !== null);
      // Electron knows folders by their paths; elsewhere they have to be walked.
      if (tools.client.kind === "desktop" || entries.length === 0) {
        void api.getState().openFiles(plain);
        return;
      }
      const whole = Promise.all(entries.map(filesUnder)).then((lists) => lists.flat());
      void whole.then(
        (files) => api.getState().openFiles(files),
        () => api.getState().openFiles(plain),
      );
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [api, tools]);
  return over ? <div className={styles.drop}>{words.start.drop}</div> : null;
}
