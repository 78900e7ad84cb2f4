import { FabricError } from '../../../driver/index.ts';

/** The FabricError that a call throws or rejects with; fails when it succeeds or fails otherwise. */
export async function refusal(call: () => unknown): Promise<FabricError> {
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    if (error instanceof FabricError) return error;
    throw error;
  }
  throw new Error(`not refused, but answered ${JSON.stringify(value)}`);
}
