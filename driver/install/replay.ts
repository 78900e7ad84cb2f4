import { type Plane, type ReplayableFile, readReplayableFiles } from './source.ts';

/** Files that run before the migrations, because these need the roles. */
export const beforeMigrations: readonly string[] = ['preflight.sql', 'roles.sql'];

const returnFile = 'return_roles.sql';

/** A file as a section of a longer text, headed by its path. */
export function section(path: string, text: string): string {
  return `-- ${path}\n${text.trimEnd()}\n`;
}

function join(files: readonly ReplayableFile[]): string {
  return files.map((file) => section(`sql/${file.path}`, file.text)).join('\n');
}

/** Where applied migrations are remembered, in the shape node-pg-migrate reads; must be there before the first one. */
const journal = `
create schema if not exists aibos authorization aibos_owner;
set local role aibos_owner;
create table if not exists aibos.pgmigrations (
  id serial constraint pgmigrations_id_pk primary key,
  name varchar(255) not null,
  run_on timestamp not null
);
reset role;
`;

/** Text that checks the server, makes the roles and lends them to the installer, and makes the table of migrations. */
export async function assembleRoles(): Promise<string> {
  const files = await readReplayableFiles();
  return `${join(files.filter((file) => beforeMigrations.includes(file.path)))}${journal}`;
}

/** Text that replays everything that can be replayed; needs the roles lent by {@link assembleRoles}. */
export async function assembleReplay(plane: Plane): Promise<string> {
  const files = await readReplayableFiles(plane);
  return join(
    files.filter((file) => !beforeMigrations.includes(file.path) && file.path !== returnFile),
  );
}

/** Text that takes the lent roles back. */
export async function assembleReturn(): Promise<string> {
  return join((await readReplayableFiles()).filter((file) => file.path === returnFile));
}
