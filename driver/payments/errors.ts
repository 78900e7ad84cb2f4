import { FabricError } from '../errors.ts';

/**
 * Why a line is no payment: IB980 its amount is zero or negative, IB981 its number came before in the file, IB982 its number
 * is stored with other content, IB983 it names no supplier, IB984 it has no number.
 */
export type PaymentLineErrorCode = 'IB980' | 'IB981' | 'IB982' | 'IB983' | 'IB984';

/** A line of a payments file that cannot become a payment. */
export class PaymentLineError extends FabricError {
  override readonly name = 'PaymentLineError';

  constructor(code: PaymentLineErrorCode, message: string, hint: string) {
    super(code, message, { hint });
  }
}
