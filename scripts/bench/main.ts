import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chartsOf } from './charts.ts';
import { markdownOf } from './markdown.ts';
import { readOptions, UsageError, usage } from './options.ts';
import { rowNames } from './rows/index.ts';
import { runBench } from './run.ts';

/** Measures and prints a Markdown table; exit code 2 where it could not run. */
async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2), rowNames);
    if (options === undefined) {
      process.stdout.write(usage.replace('%ROWS%', rowNames.join(', ')));
      return 0;
    }
    const report = await runBench(options, (line) => console.error(line));
    if (options.out !== undefined) {
      await mkdir(path.dirname(path.resolve(options.out)), { recursive: true });
      await writeFile(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    if (options.charts !== undefined) {
      await mkdir(options.charts, { recursive: true });
      for (const { file, svg } of chartsOf(report)) {
        await writeFile(path.join(options.charts, file), svg);
      }
    }
    process.stdout.write(markdownOf(report));
    return 0;
  } catch (reason) {
    if (reason instanceof UsageError) {
      console.error(`bench: ${reason.message}\n\n${usage.replace('%ROWS%', rowNames.join(', '))}`);
    } else {
      console.error(reason);
    }
    return 2;
  }
}

process.exitCode = await main();
