import { hollow, mutant, rewritten } from './mutant.ts';

const leg = 'finance._fx_leg(uuid, text, text, date, text)';
const found = 'finance._find_fx_rate(uuid, text, text, date, text)';
const current = 'finance._is_current_rate(uuid, uuid, uuid, text, text, date)';
const amount = 'finance.base_amount(bigint, numeric, integer, integer)';
const balances = 'finance._foreign_balances(uuid, uuid, date)';
const settings = 'finance._assert_fx_settings(uuid, uuid)';
const periods = 'finance._lock_periods_until(uuid, uuid, uuid)';
const revalue = 'finance.revalue(uuid, uuid)';
const fx = 'finance/fx.sql';
const revaluation = 'finance/revaluation.sql';

/** Mutants of exchange rates, base amounts and revaluation. */
export const fxMutants = [
  mutant(
    'a rate may be no number',
    `alter table finance.fx_rates drop constraint fx_rates_rate_ck, add constraint fx_rates_rate_ck check (rate > 0)`,
    fx,
  ),
  mutant('the poster sees no rates', 'drop policy posting on finance.fx_rates', fx, revaluation),
  mutant(
    'a rate never grows old',
    rewritten(leg, 'p_on - finance.fx_rate_max_age()', 'p_on - 9999'),
    fx,
  ),
  mutant(
    'a rate of tomorrow is used',
    rewritten(leg, 'f.valid_from <= p_on', 'f.valid_from <= p_on + 1'),
    fx,
  ),
  mutant(
    'the first version is used',
    rewritten(leg, 'order by f.valid_from desc', 'order by f.valid_from'),
    fx,
  ),
  mutant('rates of any source are used', rewritten(leg, 'and f.source = rate_source', ''), fx),
  mutant('rates of any tenant are used', rewritten(leg, 'f.tenant_id = p_tenant_id and', ''), fx),
  mutant(
    'an inverse is used as it stands',
    rewritten(leg, 'denominator := version.rate', 'denominator := 1 / version.rate'),
    fx,
  ),
  mutant(
    'currencies are compared as the caller does',
    rewritten(
      leg,
      'from_currency text collate "default" := p_from',
      'from_currency text := p_from',
    ),
    fx,
  ),
  mutant(
    'the way is any',
    rewritten(
      found,
      'order by least(near.published_on, far.published_on) desc, pivot.code',
      'order by pivot.code',
    ),
    fx,
  ),
  mutant(
    'the older leg is not the one that is told',
    rewritten(
      found,
      'least(near.published_on, far.published_on) as',
      'greatest(near.published_on, far.published_on) as',
    ),
    fx,
  ),
  mutant('an inverse is short', rewritten(found, 'round(leg.numerator, 50)', 'leg.numerator'), fx),
  mutant(
    'any version is current',
    rewritten(
      current,
      '(found_rate.fx_rate_id, found_rate.fx_cross_rate_id) is not distinct from (p_fx_rate_id, p_fx_cross_rate_id)',
      'true',
    ),
    fx,
  ),
  mutant(
    'any second leg is current',
    rewritten(
      current,
      '(found_rate.fx_rate_id, found_rate.fx_cross_rate_id) is not distinct from (p_fx_rate_id, p_fx_cross_rate_id)',
      'found_rate.fx_rate_id = p_fx_rate_id',
    ),
    fx,
  ),
  mutant('base amounts are cut off', rewritten(amount, 'round(round(', 'trunc(round('), fx),
  mutant('halves are lost', rewritten(amount, ', 25))', ', 60))'), fx),
  mutant(
    'base amounts know no decimals',
    rewritten(amount, 'p_to_exponent - p_from_exponent', '0'),
    fx,
  ),
  mutant(
    'base amounts have no limit',
    rewritten(amount, 'abs(amount) <= 100000000000000000', 'true'),
    fx,
  ),
  mutant('a negative rate gives a base amount', rewritten(amount, 'p_rate > 0 and', ''), fx),
  mutant(
    'what is not monetary is revalued',
    rewritten(balances, 'and a.is_monetary', ''),
    revaluation,
  ),
  mutant(
    'income is revalued',
    rewritten(balances, `and a.account_type in ('asset', 'liability')`, ''),
    revaluation,
  ),
  mutant(
    'later entries are revalued',
    rewritten(balances, 'p_company_id, p_on, null, a.id', 'p_company_id, null, null, a.id'),
    revaluation,
  ),
  mutant(
    'lines without a base amount count as nothing',
    rewritten(balances, 'b.unconverted_debit_cents - b.unconverted_credit_cents', '0::numeric'),
    revaluation,
  ),
  mutant('missing settings are not told', hollow(settings, 'null'), revaluation),
  mutant(
    'an inactive account takes the gain',
    rewritten(settings, 'not gain.is_active', 'false'),
    revaluation,
  ),
  mutant(
    'an account of another currency takes the loss',
    rewritten(settings, 'loss.currency <> c.functional_currency', 'false'),
    revaluation,
  ),
  mutant(
    'a closed period is revalued',
    rewritten(periods, `and p.status <> 'closed'`, ''),
    revaluation,
  ),
  mutant(
    'a period of another company is revalued',
    rewritten(
      periods,
      'p.tenant_id = p_tenant_id and p.company_id = p_company_id and p.id = p_period_id',
      'p.tenant_id = p_tenant_id and p.id = p_period_id',
    ),
    revaluation,
  ),
  mutant(
    'suspended tenants revalue',
    rewritten(revalue, 'perform finance.assert_tenant_active(tenant);', ''),
    revaluation,
  ),
  mutant(
    'the difference is the whole amount',
    rewritten(revalue, 'company.exponent) - held.base_cents', 'company.exponent)'),
    revaluation,
  ),
  mutant(
    'a balance that is gone keeps its base amount',
    rewritten(revalue, 'difference := -held.base_cents', 'difference := 0'),
    revaluation,
  ),
  mutant(
    'gains and losses are exchanged',
    rewritten(
      revalue,
      'gain := gain + greatest(difference, 0)',
      'gain := gain + greatest(-difference, 0)',
    ),
    revaluation,
  ),
  mutant(
    'a revaluation leaves no event',
    rewritten(revalue, 'from line l;\n  return entry', 'from line l having false;\n  return entry'),
    revaluation,
  ),
  mutant(
    'a revaluation hashes no memo',
    rewritten(revalue, '0::bigint, 0::bigint, l.memo,', '0::bigint, 0::bigint, null::text,'),
    revaluation,
  ),
];
