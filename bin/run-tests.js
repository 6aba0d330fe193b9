#!/usr/bin/env node
// Plain JavaScript: `npm test`. Checks types and style, runs every suite, and ends with one line that sums them up.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(`The tests need Node 24; this is ${process.versions.node}. Run them with npm test.\n`);
  process.exit(2);
}

const sums = { passed: 0, failed: 0, skipped: 0 };

function run(title, command, args, environment = {}) {
  process.stdout.write(`\n== ${title}\n`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  return done.status === 0;
}

function check(title, script, args) {
  if (run(title, process.execPath, [join(root, "node_modules", script), ...args])) sums.passed++;
  else sums.failed++;
}

const filters = process.argv.slice(2);
if (filters.length === 0) {
  check("types", "typescript/bin/tsc", ["--noEmit"]);
  check("format and lint", "@biomejs/biome/bin/biome", ["check", "."]);
}

const folder = mkdtempSync(join(tmpdir(), "pureecho-tests-"));
const results = join(folder, "vitest.json");
run("tests", process.execPath, [
  join(root, "node_modules/vitest/vitest.mjs"),
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${results}`,
  ...filters,
]);
if (existsSync(results)) {
  const told = JSON.parse(readFileSync(results, "utf8"));
  sums.passed += told.numPassedTests;
  sums.skipped += told.numPendingTests + told.numTodoTests;
  // A suite that broke before its first test has no failed test of its own, but it has failed.
  const broken = told.testResults.filter(
    (one) => one.status === "failed" && one.assertionResults.every((test) => test.status !== "failed"),
  );
  sums.failed += told.numFailedTests + broken.length;
} else {
  process.stdout.write("the test runner left no result\n");
  sums.failed++;
}
// The Python suite of the foundry, where its environment exists (CONTRIBUTING says how to make it).
const python = process.env.PUREECHO_FOUNDRY_PYTHON;
if (filters.length === 0 && existsSync(join(root, "models/foundry/tests"))) {
  if (python === undefined || python === "") {
    process.stdout.write(
      "\n== foundry: skipped, PUREECHO_FOUNDRY_PYTHON names no Python with its requirements\n",
    );
    sums.skipped++;
  } else {
    const told = join(folder, "pytest.xml");
    run(
      "foundry",
      python,
      ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${told}`, "models/foundry/tests"],
      {
        PYTHONPATH: join(root, "models/foundry"),
        PYTHONDONTWRITEBYTECODE: "1",
      },
    );
    const head = existsSync(told) ? (/<testsuite [^>]*>/.exec(readFileSync(told, "utf8"))?.[0] ?? "") : "";
    const count = (name) => Number(new RegExp(`${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
    const failed = count("failures") + count("errors");
    sums.failed += head === "" ? 1 : failed;
    sums.skipped += count("skipped");
    sums.passed += count("tests") - failed - count("skipped");
  }
}
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped\n`);
process.exit(sums.failed === 0 && sums.passed > 0 ? 0 : 1);
