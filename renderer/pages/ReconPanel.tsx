import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import type { WindowResponse } from "../../electron/contracts/window.ts";
import { Fault } from "../forms/Fault.tsx";
import { RecipeForm } from "../forms/RecipeForm.tsx";
import { useWindow, useWindowStore } from "../state/context.ts";
import { checkRecipe, selectedDataset } from "../state/recipe.ts";
import { plainNumber } from "../viewport/window-level.ts";
import { duration, size, words } from "../words/en.ts";
import styles from "./pages.module.css";
import { ResultCard } from "./ResultCard.tsx";

/** The right side: the recipe, its run, the result and its export. */
export function ReconPanel(): ReactNode {
  const dataset = useWindow(selectedDataset);
  const datasets = useWindow((state) => state.datasets);
  const selected = useWindow((state) => state.selected);
  const methods = useWindow((state) => state.methods);
  const recipe = useWindow((state) => state.recipe);
  const slice = useWindow((state) => state.slice);
  const job = useWindow((state) => state.job);
  const kept = useWindow((state) => state.results[state.selected ?? ""]);
  const run = useWindow((state) => state.run);
  const cancel = useWindow((state) => state.cancel);
  const running = job.state === "running";
  const mine = dataset !== null && job.dataset === dataset.handle;
  const checked = useMemo(
    () => checkRecipe({ datasets, selected, methods, recipe, slice }),
    [datasets, selected, methods, recipe, slice],
  );
  const method = methods.find((one) => one.id === recipe.method);
  const formId = useId();
  const end = useRef<HTMLDivElement>(null);
  const done = mine && job.state === "done";
  useEffect(() => {
    // The form alone may fill the column: a new result is shown, not left to be looked for.
    if (done) end.current?.scrollIntoView({ block: "nearest" });
  }, [done]);
  const estimate = useEstimate(running ? null : checked.recipe);
  if (dataset === null) {
    return (
      <section className={styles.panel} aria-label={words.form.heading}>
        <h2>{words.form.heading}</h2>
        <p className={styles.soft}>{words.form.choose}</p>
      </section>
    );
  }
  const unfit = method !== undefined && method.needs === "image" && dataset.kind === "kspace";
  const mayRun = checked.recipe !== null && method !== undefined && !unfit;
  return (
    <div key={dataset.handle} className={styles.right}>
      <section className={styles.panel} aria-label={words.form.heading}>
        <h2>{words.form.heading}</h2>
        <form
          id={formId}
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <RecipeForm dataset={dataset} errors={checked.errors} />
        </form>
      </section>
      <section className={styles.run} aria-label={words.job.heading}>
        {running ? (
          <>
            <JobProgress />
            <button type="button" className={styles.danger} disabled={job.cancelling} onClick={cancel}>
              {job.cancelling ? words.job.cancelling : words.form.cancel}
            </button>
          </>
        ) : (
          <>
            {mine && job.state === "cancelled" && (
              <p className={styles.note} role="status">
                {words.job.cancelled}
              </p>
            )}
            {mine && job.state === "failed" && job.fault !== null && <Fault fault={job.fault} />}
            <button type="submit" form={formId} className={styles.primary} disabled={!mayRun}>
              {words.form.run}
            </button>
            <p className={styles.soft}>
              {unfit
                ? words.form.notFor.image
                : checked.recipe === null
                  ? words.form.mend
                  : estimate === null
                    ? "\u00a0"
                    : words.form.estimate(duration(estimate.seconds), size(estimate.bytes))}
            </p>
          </>
        )}
      </section>
      <div ref={end}>{kept !== undefined && <ResultCard kept={kept} />}</div>
    </div>
  );
}

function JobProgress(): ReactNode {
  const job = useWindow((state) => state.job);
  const { progress } = job;
  const text =
    progress === null
      ? words.job.starting
      : words.job.stage(
          progress.stage,
          progress.slice === null ? null : progress.slice + 1,
          progress.iteration,
        );
  return (
    <div className={styles.progress}>
      <progress aria-label={words.job.heading} max={1} value={progress?.fraction ?? undefined} />
      <p className={styles.figures}>
        <span>{text}</span>
        <span>{progress?.residual == null ? "" : words.job.residual(plainNumber(progress.residual))}</span>
      </p>
      {job.notices.map((notice) => (
        <p key={notice} className={styles.soft}>
          {notice}
        </p>
      ))}
    </div>
  );
}

type Estimate = WindowResponse<"estimate">;

/** What the method says it will need, asked shortly after the form rests. */
function useEstimate(recipe: ReturnType<typeof checkRecipe>["recipe"]): Estimate | null {
  const { tools } = useWindowStore();
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const key =
    recipe === null ? null : JSON.stringify([recipe.handle, recipe.dataset, recipe.method, recipe.options]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the part of the recipe that counts
  useEffect(() => {
    setEstimate(null);
    if (recipe === null) return;
    let dead = false;
    const timer = window.setTimeout(() => {
      const { handle, dataset, method, options } = recipe;
      tools.client.ask("estimate", { handle, dataset, method, options }).then(
        (answer) => {
          if (!dead) setEstimate(answer);
        },
        // Without an estimate the form works as well; running says what is wrong.
        () => undefined,
      );
    }, 300);
    return () => {
      dead = true;
      window.clearTimeout(timer);
    };
  }, [key]);
  return estimate;
}
