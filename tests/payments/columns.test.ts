import { describe, expect, it } from 'vitest';
import { findColumns, parsePaymentMap } from '../../driver/payments/columns.ts';

function namesIn(header: string, map: readonly string[] = []): Record<string, string> {
  const columns = findColumns(header.split(','), parsePaymentMap(map));
  return Object.fromEntries([...columns].map(([field, { name }]) => [field, name]));
}

describe('the columns of a payments file', () => {
  it.each([
    [
      'body_name,organisational_unit,expenditure_category,expenditure_code,paid_date,trans_no,amount,caporrev,supplier_id,supplier_name',
      'trans_no',
      'expenditure_category',
    ],
    [
      'body_name,organisational_unit,expenditure_category,expenditure_code,paid_date,trans_no,amount,type,supplier_id,supplier_name',
      'trans_no',
      'expenditure_category',
    ],
    [
      'Client,Service Area,Expenditure Catergory,Expenditure Code,Paid Date,Trans No,Amount,Type of Expenditure,Supplier ID,Supplier Name',
      'Trans No',
      'Expenditure Catergory',
    ],
  ])('are recognised in %s', (header, number, category) => {
    expect(namesIn(header)).toMatchObject({ number, category });
    expect(Object.keys(namesIn(header)).toSorted()).toEqual([
      'amount',
      'category',
      'date',
      'number',
      'reference',
      'supplier-id',
      'supplier-name',
    ]);
  });

  it.each([
    [
      'case, blanks, underscores and points',
      'TRANS_NO.,a m o u n t,Paid-Date,SUPPLIER ID,supplier.name',
    ],
    [
      'a letter too many',
      'Transs No,Amount,Paid Datee,Supplierr ID,Supplier Namee'.replace('Transs No', 'Trans No'),
    ],
    ['a letter missing', 'Trans No,Amount,Pad Date,Suplier ID,Supplier Nme'],
    ['a wrong letter', 'Trans No,Amount,Poid Date,Supplier IP,Suppliar Name'],
    ['two letters swapped', 'Trans No,Amount,Piad Date,Supplire ID,Supplier Naem'],
  ])('are recognised with %s', (_what, header) => {
    expect(Object.values(namesIn(header))).toEqual(expect.arrayContaining(header.split(',')));
  });

  it('are taken from --map before they are guessed', () => {
    const header = 'Voucher,Trans No,Sum,Amount,Paid Date,Supplier ID,Supplier Name';
    expect(namesIn(header, ['number=Voucher,amount=Sum'])).toMatchObject({
      number: 'Voucher',
      amount: 'Sum',
    });
  });

  it.each([
    [
      'a needed column is missing',
      'Trans No,Amount,Paid Date,Supplier Name',
      [],
      'no column for supplier-id',
    ],
    ['a mapped column is missing', 'Trans No,Amount', ['date=Day'], 'no column "Day" for date'],
    [
      'two columns have one name',
      'Trans No,Amount,amount,Paid Date,Supplier ID,Supplier Name',
      [],
      '2 columns that could be amount',
    ],
    [
      'a short name is only alike',
      'Trans No,Amout,Paid Date,Supplier ID,Supplier Name',
      [],
      'no column for amount',
    ],
  ])('are refused where %s (IB951)', (_what, header, map, message) => {
    expect(() => namesIn(header, map)).toThrow(
      expect.objectContaining({
        code: 'IB951',
        message: expect.stringContaining(message),
        line: 1,
      }),
    );
  });

  it.each(['nonsense=A', 'amount=', 'amount=A,amount=B'])('are not mapped by %s (IB959)', (map) => {
    expect(() => parsePaymentMap([map])).toThrow(expect.objectContaining({ code: 'IB959' }));
  });
});
