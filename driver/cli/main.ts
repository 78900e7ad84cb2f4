#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { packageRoot } from '../install/source.ts';
import { registerCoa } from './coa.ts';
import { registerContextKey } from './context-key.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerFx } from './fx.ts';
import { registerHostile } from './hostile.ts';
import { registerJournal } from './journal.ts';
import { registerMigrate } from './migrate.ts';
import { registerPayments } from './payments.ts';
import { registerSeed } from './seed.ts';
import { exitCodes } from './terminal.ts';
import { registerTypes } from './types.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

const program = new Command('aibos')
  .description('AI-BOS Data Fabric: governance for multi-tenant finance data on PostgreSQL')
  .version(version)
  .showHelpAfterError()
  .exitOverride();

registerCoa(program);
registerContextKey(program);
registerDemo(program);
registerDoctor(program);
registerFx(program);
registerHostile(program);
registerJournal(program);
registerMigrate(program);
registerPayments(program);
registerSeed(program);
registerTypes(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.couldNotRun;
}
