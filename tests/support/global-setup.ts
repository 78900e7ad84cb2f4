import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import {
  isInstalled,
  type Major,
  openServer,
  packageOf,
  type Server,
  supportedMajors,
} from '../../driver/server/index.ts';
import type { MissingServer, TestServer } from './provided.ts';
import { prepareServer } from './templates.ts';

const opened: Server[] = [];

/**
 * Starts a throwaway server of each major and installs the fabric there. AIBOS_TEST_MAJORS=18 or 17,18
 * limits them; AIBOS_DB=docker takes them from Docker.
 */
export async function setup(project: TestProject): Promise<void> {
  const kind = serverKind();
  const missing: MissingServer[] = [];
  const majors = requestedMajors().filter((major) => {
    if (kind === 'docker' || isInstalled(major)) return true;
    missing.push({ major, reason: `package ${packageOf(major)} is not installed` });
    return false;
  });
  if (majors.length === 0) throw new Error(`no server to test on: ${JSON.stringify(missing)}`);
  try {
    const servers = await settled(majors.map((major) => startServer(kind, major)));
    project.provide('servers', servers);
    project.provide('missing', missing);
  } catch (reason) {
    await teardown();
    throw reason;
  }
}

/** Ends the servers. */
export async function teardown(): Promise<void> {
  await Promise.all(opened.splice(0).map((server) => server.close()));
}

async function startServer(kind: 'docker' | 'embedded', major: Major): Promise<TestServer> {
  const server = await openServer({ prefer: kind, major });
  opened.push(server);
  const { host, port, user, password } = server.connection();
  if (typeof password !== 'string') throw new Error('a throwaway server has a password');
  const facts: TestServer = {
    major,
    version: server.version,
    host: host ?? '127.0.0.1',
    port: port ?? 5432,
    user: user ?? 'postgres',
    password,
    loginPassword: randomBytes(12).toString('hex'),
  };
  await prepareServer(facts);
  return facts;
}

/** Waits for all before it reports the first failure, so that every server that started can be ended. */
async function settled<T>(attempts: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(attempts);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The tests make roles and need a superuser: never on a server that somebody uses. */
function serverKind(): 'docker' | 'embedded' {
  const kind = process.env.AIBOS_DB || 'embedded';
  if (kind === 'docker' || kind === 'embedded') return kind;
  throw new Error(
    `the tests run on throwaway servers: set AIBOS_DB to embedded or docker, not "${kind}"`,
  );
}

function requestedMajors(): readonly Major[] {
  const given = process.env.AIBOS_TEST_MAJORS ?? '';
  const newestFirst = [...supportedMajors].reverse();
  if (given === '') return newestFirst;
  const wanted = given.split(',').map(Number);
  const unknown = wanted.filter((major) => !newestFirst.some((known) => known === major));
  if (unknown.length > 0)
    throw new Error(`AIBOS_TEST_MAJORS is "${given}": use a list of 15 to 18`);
  return newestFirst.filter((major) => wanted.includes(major));
}
