-- Guarantee: an amount is in a currency the platform knows, with a known number of decimals.
-- How: ships the ISO 4217 list (a row already there is left as it is), and one reader that other schemas call instead
--   of joining.
-- Raises: IB401
-- Proved by: pgtap/config/currencies.sql

insert into config.currencies (code, name, exponent)
select c.code, c.name, c.exponent
from (values
  ('AED', 'UAE dirham', 2),
  ('AFN', 'Afghani', 2),
  ('ALL', 'Lek', 2),
  ('AMD', 'Armenian dram', 2),
  ('AOA', 'Kwanza', 2),
  ('ARS', 'Argentine peso', 2),
  ('AUD', 'Australian dollar', 2),
  ('AWG', 'Aruban florin', 2),
  ('AZN', 'Azerbaijan manat', 2),
  ('BAM', 'Convertible mark', 2),
  ('BBD', 'Barbados dollar', 2),
  ('BDT', 'Taka', 2),
  ('BHD', 'Bahraini dinar', 3),
  ('BIF', 'Burundi franc', 0),
  ('BMD', 'Bermudian dollar', 2),
  ('BND', 'Brunei dollar', 2),
  ('BOB', 'Boliviano', 2),
  ('BRL', 'Brazilian real', 2),
  ('BSD', 'Bahamian dollar', 2),
  ('BTN', 'Ngultrum', 2),
  ('BWP', 'Pula', 2),
  ('BYN', 'Belarusian ruble', 2),
  ('BZD', 'Belize dollar', 2),
  ('CAD', 'Canadian dollar', 2),
  ('CDF', 'Congolese franc', 2),
  ('CHF', 'Swiss franc', 2),
  ('CLF', 'Unidad de fomento', 4),
  ('CLP', 'Chilean peso', 0),
  ('CNY', 'Yuan renminbi', 2),
  ('COP', 'Colombian peso', 2),
  ('CRC', 'Costa Rican colon', 2),
  ('CUP', 'Cuban peso', 2),
  ('CVE', 'Cabo Verde escudo', 2),
  ('CZK', 'Czech koruna', 2),
  ('DJF', 'Djibouti franc', 0),
  ('DKK', 'Danish krone', 2),
  ('DOP', 'Dominican peso', 2),
  ('DZD', 'Algerian dinar', 2),
  ('EGP', 'Egyptian pound', 2),
  ('ERN', 'Nakfa', 2),
  ('ETB', 'Ethiopian birr', 2),
  ('EUR', 'Euro', 2),
  ('FJD', 'Fiji dollar', 2),
  ('FKP', 'Falkland Islands pound', 2),
  ('GBP', 'Pound sterling', 2),
  ('GEL', 'Lari', 2),
  ('GHS', 'Ghana cedi', 2),
  ('GIP', 'Gibraltar pound', 2),
  ('GMD', 'Dalasi', 2),
  ('GNF', 'Guinean franc', 0),
  ('GTQ', 'Quetzal', 2),
  ('GYD', 'Guyana dollar', 2),
  ('HKD', 'Hong Kong dollar', 2),
  ('HNL', 'Lempira', 2),
  ('HTG', 'Gourde', 2),
  ('HUF', 'Forint', 2),
  ('IDR', 'Rupiah', 2),
  ('ILS', 'New Israeli sheqel', 2),
  ('INR', 'Indian rupee', 2),
  ('IQD', 'Iraqi dinar', 3),
  ('IRR', 'Iranian rial', 2),
  ('ISK', 'Iceland krona', 0),
  ('JMD', 'Jamaican dollar', 2),
  ('JOD', 'Jordanian dinar', 3),
  ('JPY', 'Yen', 0),
  ('KES', 'Kenyan shilling', 2),
  ('KGS', 'Som', 2),
  ('KHR', 'Riel', 2),
  ('KMF', 'Comorian franc', 0),
  ('KPW', 'North Korean won', 2),
  ('KRW', 'Won', 0),
  ('KWD', 'Kuwaiti dinar', 3),
  ('KYD', 'Cayman Islands dollar', 2),
  ('KZT', 'Tenge', 2),
  ('LAK', 'Lao kip', 2),
  ('LBP', 'Lebanese pound', 2),
  ('LKR', 'Sri Lanka rupee', 2),
  ('LRD', 'Liberian dollar', 2),
  ('LSL', 'Loti', 2),
  ('LYD', 'Libyan dinar', 3),
  ('MAD', 'Moroccan dirham', 2),
  ('MDL', 'Moldovan leu', 2),
  ('MGA', 'Malagasy ariary', 2),
  ('MKD', 'Denar', 2),
  ('MMK', 'Kyat', 2),
  ('MNT', 'Tugrik', 2),
  ('MOP', 'Pataca', 2),
  ('MRU', 'Ouguiya', 2),
  ('MUR', 'Mauritius rupee', 2),
  ('MVR', 'Rufiyaa', 2),
  ('MWK', 'Malawi kwacha', 2),
  ('MXN', 'Mexican peso', 2),
  ('MYR', 'Malaysian ringgit', 2),
  ('MZN', 'Mozambique metical', 2),
  ('NAD', 'Namibia dollar', 2),
  ('NGN', 'Naira', 2),
  ('NIO', 'Cordoba oro', 2),
  ('NOK', 'Norwegian krone', 2),
  ('NPR', 'Nepalese rupee', 2),
  ('NZD', 'New Zealand dollar', 2),
  ('OMR', 'Rial Omani', 3),
  ('PAB', 'Balboa', 2),
  ('PEN', 'Sol', 2),
  ('PGK', 'Kina', 2),
  ('PHP', 'Philippine peso', 2),
  ('PKR', 'Pakistan rupee', 2),
  ('PLN', 'Zloty', 2),
  ('PYG', 'Guarani', 0),
  ('QAR', 'Qatari rial', 2),
  ('RON', 'Romanian leu', 2),
  ('RSD', 'Serbian dinar', 2),
  ('RUB', 'Russian ruble', 2),
  ('RWF', 'Rwanda franc', 0),
  ('SAR', 'Saudi riyal', 2),
  ('SBD', 'Solomon Islands dollar', 2),
  ('SCR', 'Seychelles rupee', 2),
  ('SDG', 'Sudanese pound', 2),
  ('SEK', 'Swedish krona', 2),
  ('SGD', 'Singapore dollar', 2),
  ('SHP', 'Saint Helena pound', 2),
  ('SLE', 'Leone', 2),
  ('SOS', 'Somali shilling', 2),
  ('SRD', 'Surinam dollar', 2),
  ('SSP', 'South Sudanese pound', 2),
  ('STN', 'Dobra', 2),
  ('SVC', 'El Salvador colon', 2),
  ('SYP', 'Syrian pound', 2),
  ('SZL', 'Lilangeni', 2),
  ('THB', 'Baht', 2),
  ('TJS', 'Somoni', 2),
  ('TMT', 'Turkmenistan manat', 2),
  ('TND', 'Tunisian dinar', 3),
  ('TOP', 'Pa''anga', 2),
  ('TRY', 'Turkish lira', 2),
  ('TTD', 'Trinidad and Tobago dollar', 2),
  ('TWD', 'New Taiwan dollar', 2),
  ('TZS', 'Tanzanian shilling', 2),
  ('UAH', 'Hryvnia', 2),
  ('UGX', 'Uganda shilling', 0),
  ('USD', 'US dollar', 2),
  ('UYU', 'Peso uruguayo', 2),
  ('UYW', 'Unidad previsional', 4),
  ('UZS', 'Uzbekistan sum', 2),
  ('VED', 'Bolivar digital', 2),
  ('VES', 'Bolivar soberano', 2),
  ('VND', 'Dong', 0),
  ('VUV', 'Vatu', 0),
  ('WST', 'Tala', 2),
  ('XAF', 'CFA franc BEAC', 0),
  ('XCD', 'East Caribbean dollar', 2),
  ('XOF', 'CFA franc BCEAO', 0),
  ('XPF', 'CFP franc', 0),
  ('YER', 'Yemeni rial', 2),
  ('ZAR', 'Rand', 2),
  ('ZMW', 'Zambian kwacha', 2),
  ('ZWG', 'Zimbabwe gold', 2)
) as c (code, name, exponent)
on conflict (code) do nothing;

create or replace function config.currency_exponent(p_code text)
returns smallint
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  -- Whatever collation the caller brought. PL/pgSQL keeps its plan from call to call, which a definer function in SQL does not.
  return (select c.exponent from config.currencies c where c.code = p_code collate "default" and c.is_active);
end
$function$;
comment on function config.currency_exponent(text) is
  'Decimals of the minor unit of a currency. Takes its code; returns null where it is unknown or not active. Definer, so that the guards and every application role may ask without joining across schemas.';

create or replace function config.assert_currency_known()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  currency text := to_jsonb(new) ->> tg_argv[0];
begin
  if currency is not null and config.currency_exponent(currency) is null then
    raise exception using
      errcode = 'IB401',
      message = format('currency %s is unknown', currency),
      detail = format('%I.%I.%I must name an active row of config.currencies.', tg_table_schema, tg_table_name, tg_argv[0]),
      hint = 'Use its ISO 4217 code, or have an administrator add it to config.currencies.',
      schema = tg_table_schema, table = tg_table_name, column = tg_argv[0], constraint = 'currency_known';
  end if;
  return null;
end
$function$;
comment on function config.assert_currency_known() is
  'Row trigger: raises IB401 unless the column named by its argument holds a known currency or nothing. A foreign key would cross schemas.';
