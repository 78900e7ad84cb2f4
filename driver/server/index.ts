export { isInstalled, packageOf } from './binaries.ts';
export { ServerError, type ServerErrorCode, serverErrorCodes } from './errors.ts';
export { openServer } from './open.ts';
export {
  type ConnectionOptions,
  type CreateDatabaseOptions,
  type Major,
  type OpenOptions,
  type Server,
  type ServerKind,
  supportedMajors,
} from './server.ts';
