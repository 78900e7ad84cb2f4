import { TenantDb } from '../../../driver/index.ts';
import { withClient } from '../../support/run.ts';
import { type Fabric, openFabric } from './fabric.ts';

/** A table of an application's own with columns of many types, nullable and not. */
export const NOTES = {
  'app.notes': {
    tenantColumn: 'tenant_id',
    key: ['id'],
    columns: {
      tenant_id: { type: 'uuid', insertOnly: true },
      id: { type: 'int4', insertOnly: true },
      code: { type: 'text', insertOnly: true },
      title: { type: 'text', hasDefault: true },
      rank: { type: 'int4', nullable: true },
      amount: { type: 'numeric', nullable: true },
      total: { type: 'int8', hasDefault: true },
      ratio: { type: 'float8', nullable: true },
      day: { type: 'date', hasDefault: true },
      at: { type: 'timestamptz', nullable: true },
      mood: { type: 'text', nullable: true },
      tags: { type: 'text[]', hasDefault: true },
      body: { type: 'jsonb', nullable: true },
    },
  },
} as const;

/** A fabric with the table `app.notes`, isolated by tenant; `mood` is an enumeration on the server. */
export async function openNotes() {
  const fabric = await openFabric();
  await withClient(fabric.database.admin, async (admin) => {
    await admin.query(`
      create schema app; grant usage on schema app to public;
      create type app.mood as enum ('sad', 'calm', 'glad');
      create table app.notes (
        tenant_id uuid not null, id int not null, code text not null, title text not null default '', rank int,
        amount numeric, total bigint not null default 0, ratio float8, day date not null default '2026-01-01',
        at timestamptz, mood app.mood, tags text[] not null default '{}', body jsonb,
        constraint notes_tenant_id_id_pk primary key (tenant_id, id),
        constraint notes_tenant_id_code_uq unique (tenant_id, code)
      );
      grant select, insert, update, delete on app.notes to aibos_finance_role`);
    await admin.query("call aibos.isolate_tenant('app.notes')");
  });
  const open = (options: Parameters<Fabric['pool']>[1] = {}) =>
    new TenantDb(fabric.pool('finance', options), { tables: NOTES });
  return { fabric, open, db: open() };
}

/** What `openNotes` opens. */
export type Notes = Awaited<ReturnType<typeof openNotes>>;

/** A note with nothing but its keys. */
export function note(id: number) {
  return { id, code: `n${id}` };
}
