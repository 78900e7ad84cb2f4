import type { Conversation } from './conversation.ts';
import { misplaced, type TransactionCommand } from './transaction-command.ts';

/** A savepoint of ours that stands for a transaction (no name) or a savepoint of a client. */
interface Level {
  readonly name: string | undefined;
  readonly savepoint: string;
}

/**
 * What one client has open inside a transaction that is not its own: each BEGIN and SAVEPOINT is a savepoint under a name of
 * ours, so that a client can neither end the transaction nor reach a savepoint of somebody else.
 */
export class Savepoints {
  readonly #conversation: Conversation;
  readonly #levels: Level[] = [];

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Whether the client is inside a transaction of its own. */
  get isOpen(): boolean {
    return this.#levels.length > 0;
  }

  /**
   * Carries out a command, after all that was handed in before.
   * @throws TransactionAbortedError IB918 for a commit after a failed statement, which leaves the transaction to be rolled back;
   * FabricError IB995 for one that belongs to no transaction or savepoint of this client.
   */
  async run(command: TransactionCommand): Promise<void> {
    switch (command.kind) {
      case 'begin':
        return this.#open(undefined);
      case 'savepoint':
        this.#lastBegin('SAVEPOINT');
        return this.#open(command.name);
      case 'commit':
        return this.#keep(this.#lastBegin('COMMIT'));
      case 'release':
        return this.#keep(this.#find(command.name));
      case 'rollback':
        return this.#undo(this.#lastBegin('ROLLBACK'));
      case 'rollback to': {
        const at = this.#find(command.name);
        await this.#undo(at);
        return this.#open(command.name);
      }
    }
  }

  async #open(name: string | undefined): Promise<void> {
    this.#levels.push({ name, savepoint: await this.#conversation.savepoint() });
  }

  async #keep(at: number): Promise<void> {
    await this.#conversation.drain();
    await this.#conversation.releaseSavepoint(this.#levels[at]?.savepoint ?? '');
    this.#levels.length = at;
  }

  async #undo(at: number): Promise<void> {
    await this.#conversation.rollbackTo(this.#levels[at]?.savepoint ?? '');
    this.#levels.length = at;
  }

  #lastBegin(command: string): number {
    const at = this.#levels.findLastIndex((level) => level.name === undefined);
    if (at >= 0) return at;
    throw misplaced(`${command} was sent outside a transaction of this client`, {
      hint: 'The tenant transaction around it ends with its callback; send BEGIN first for a nested one.',
    });
  }

  #find(name: string): number {
    const at = this.#levels.findLastIndex(
      (level) => level.name === undefined || level.name === name,
    );
    if (this.#levels[at]?.name === name) return at;
    throw misplaced(`there is no savepoint ${JSON.stringify(name)} in this transaction`, {
      hint: 'Name a savepoint that was made after the last BEGIN and not released since.',
    });
  }
}
