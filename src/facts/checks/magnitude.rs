//! Amounts in another unit than those they are compared with: 万元 beside 元.
//!
//! A sheet that is off from its siblings is named once; then nothing more is said about
//! the metric, for the sheet explains the rest. Everything is counted as it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::cell::CellRef;
use crate::measure::{Amount, Tally};
use crate::metric::{Formula, Unit as MetricUnit};
use crate::period::{Kind as PeriodKind, Period};
use crate::problem::{Kind, Magnitude, Problem};
use crate::tables::actuals::{Chunk, FixedColumn, FixedReading, UNDATED};

use super::{Goal, Joined, shown};
use crate::facts::Unit;

/// From this factor on two figures are not in the same unit: no plan is missed or beaten by a thousand times.
const FACTOR: i64 = 1_000;
/// Rows that a sheet, or a figure below all others, needs before it says something about its unit:
/// one small sale is a small sale.
const FEWEST_ROWS: u32 = 3;
/// Powers of ten between the units in which people write money: 千元 and 万元.
const POWERS: [u8; 2] = [3, 4];
/// How far from such a power, in powers of two, a sheet's typical amount may be.
const TOLERANCE: f64 = 1.0;

/// Returns the metrics of which something is in another unit.
pub fn find(joined: &Joined<'_>, problems: &mut Vec<Problem>) -> BTreeSet<usize> {
    let mut off = BTreeSet::new();
    for (position, metric) in joined.metrics.iter().enumerate() {
        if metric.formula != Formula::Sum || !joined.ledger.has(position) {
            continue;
        }
        let n_before = problems.len();
        let is_money = metric.unit == MetricUnit::Money;
        // One mistake, one remark: who is off from the target is off from last year, too.
        if is_money {
            sheets(joined, position, problems);
        }
        if problems.len() == n_before {
            targets(joined, position, problems);
        }
        if problems.len() == n_before && is_money {
            last_year(joined, position, problems);
        }
        if problems.len() > n_before {
            off.insert(position);
        }
    }
    off
}

/// What two sheets must have in common to be compared row by row.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Form<'a> {
    measures: Vec<&'a str>,
    has_people: bool,
    has_documents: bool,
    has_regions: bool,
    has_share: bool,
    /// Rows of a day, of a week, or of more.
    grain: u8,
}

impl<'a> Form<'a> {
    fn of(chunk: &'a Chunk) -> Self {
        let days = |row: usize| chunk.last_day[row].saturating_sub(chunk.first_day[row]);
        let dated = (0..chunk.n_rows()).find(|row| chunk.first_day[*row] != UNDATED);
        Form {
            measures: chunk.measures.iter().map(|(key, _, _)| key.as_str()).collect(),
            has_people: chunk.name_column.is_some() || chunk.id_column.is_some(),
            has_documents: chunk.documents.is_some(),
            has_regions: chunk.regions.is_some(),
            has_share: chunk.share.is_some(),
            grain: dated.map_or(0, |row| match days(row) {
                0 => 0,
                1..=6 => 1,
                _ => 2,
            }),
        }
    }
}

/// The amounts of one measure in one sheet.
struct Amounts<'a> {
    chunk: &'a Chunk,
    column: u32,
    /// The median of their binary logarithms.
    typical: f64,
    sum: Amount,
    n_rows: u32,
}

/// Sheets of one form of which some are a thousand or ten thousand times the others.
fn sheets(joined: &Joined<'_>, position: usize, problems: &mut Vec<Problem>) {
    let metric = &joined.metrics[position];
    let mut by_form: BTreeMap<Form<'_>, Vec<Amounts<'_>>> = BTreeMap::new();
    for chunk in joined.chunks {
        let Some((_, column, readings)) = chunk.measures.iter().find(|(key, _, _)| *key == metric.key) else {
            continue;
        };
        if let Some(amounts) = amounts(chunk, *column, readings) {
            by_form.entry(Form::of(chunk)).or_default().push(amounts);
        }
    }
    for sheets in by_form.values().filter(|sheets| sheets.len() > 1) {
        let mut typical: Vec<f64> = sheets.iter().map(|sheet| sheet.typical).collect();
        typical.sort_by(f64::total_cmp);
        // Of two the larger one is taken to be right: people shorten numbers, they do not lengthen them.
        let reference = typical[typical.len() / 2];
        let is_off = |sheet: &&Amounts<'_>| power(sheet.typical - reference).is_some();
        let others = sheets.iter().filter(|sheet| !is_off(sheet));
        let (sum, n_rows) =
            others.fold((Amount::ZERO, 0u32), |(sum, n_rows), sheet| (sum + sheet.sum, n_rows + sheet.n_rows));
        let average = |sum: Amount, n_rows: u32| sum.ratio_to(Amount::whole(i64::from(n_rows)));
        for sheet in sheets.iter().filter(is_off) {
            let (Some(here), Some(there)) = (average(sheet.sum, sheet.n_rows), average(sum, n_rows)) else { continue };
            let likely = power(sheet.typical - reference);
            let times = Amount::whole(10i64.pow(u32::from(likely.unwrap_or(0)))).grouped(0);
            let magnitude = Magnitude {
                base: "sheets",
                unit: String::new(),
                metric: metric.key.clone(),
                period: String::new(),
                actual: shown(metric, here.rounded(2)),
                value: shown(metric, there.rounded(2)),
                factor: if sheet.typical < reference { format!("1/{times}") } else { times },
                likely,
            };
            let row = sheet.chunk.source_rows.first().copied().unwrap_or(0);
            let at = sheet.chunk.place.at(row, sheet.column);
            problems.push(Problem::new(at, Kind::Magnitude(Box::new(magnitude))).worth(Some(sheet.sum)));
        }
    }
}

/// The power of ten of a unit that explains a difference of logarithms.
fn power(difference: f64) -> Option<u8> {
    POWERS.into_iter().find(|power| (difference.abs() - f64::from(*power) * 10f64.log2()).abs() <= TOLERANCE)
}

/// Nothing where a sheet has too few amounts to say what is typical.
fn amounts<'a>(chunk: &'a Chunk, column: u32, readings: &FixedColumn) -> Option<Amounts<'a>> {
    // Counted by their highest bit: a median without sorting or copying a column.
    let mut counts = [0u32; 64];
    let mut units = 0i128;
    for row in 0..chunk.n_rows() {
        if let FixedReading::Known(value) = readings.get(row)
            && value != 0
        {
            counts[value.unsigned_abs().ilog2() as usize] += 1;
            units += i128::from(value);
        }
    }
    let n_rows: u32 = counts.iter().sum();
    if n_rows < FEWEST_ROWS {
        return None;
    }
    let half = f64::from(n_rows) / 2.0;
    let mut below = 0f64;
    let mut typical = 0f64;
    for (bit, count) in (0u32..).zip(counts) {
        let count = f64::from(count);
        if below + count >= half && count > 0.0 {
            typical = f64::from(bit) + (half - below) / count;
            break;
        }
        below += count;
    }
    typical -= f64::from(readings.scale()) * 10f64.log2();
    Some(Amounts { chunk, column, typical, sum: Amount::from_units(units, readings.scale()), n_rows })
}

/// Two figures of a unit that should be alike.
struct Pair {
    unit: Unit,
    at: CellRef,
    actual: Tally,
    base: Amount,
    /// What the actual must stay below a thousandth of to be too small.
    base_due: Amount,
    period: String,
}

/// Every unit's actual against its target, in the year up to the as-of day.
fn targets(joined: &Joined<'_>, position: usize, problems: &mut Vec<Problem>) {
    let mut by_unit: BTreeMap<(Unit, Period), &Goal<'_>> = BTreeMap::new();
    for goal in joined.goals.iter().filter(|goal| goal.metric == position) {
        let day = joined.calendar.span(goal.row.period).first;
        let year = joined.calendar.containing(PeriodKind::Year, day);
        by_unit.entry((goal.unit, year)).or_insert(goal);
    }
    let mut pairs: BTreeMap<Period, Vec<Pair>> = BTreeMap::new();
    for ((unit, year), goal) in by_unit {
        let planned = joined.plans.get(position, unit, year);
        let Some(base) = planned.full.value().filter(|base| !base.is_zero()) else { continue };
        let months: Vec<Period> = joined
            .calendar
            .months(year)
            .into_iter()
            .filter(|month| planned.has_month(*month, joined.calendar))
            .collect();
        let actual = joined.ledger.sum(position, &joined.seats_of(unit), &months, true);
        let at = goal.row.at.clone();
        pairs.entry(year).or_default().push(Pair {
            unit,
            at,
            actual,
            base,
            base_due: planned.due,
            period: year.to_string(),
        });
    }
    for pairs in pairs.into_values() {
        judge(joined, position, "target", &pairs, problems);
    }
}

/// Every person's actual, and the company's, against those of the same months of the year before.
fn last_year(joined: &Joined<'_>, position: usize, problems: &mut Vec<Problem>) {
    let year = joined.calendar.containing(PeriodKind::Year, joined.scope.as_of);
    let is_covered = |month: &Period| joined.ledger.is_covered(position, &[*month]);
    let mut months = joined.calendar.months(year);
    months.retain(|month| is_covered(month) && is_covered(&joined.calendar.year_before(*month)));
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return };
    let period = if first == last { first.to_string() } else { format!("{first} – {last}") };
    let before: Vec<Period> = months.iter().map(|month| joined.calendar.year_before(*month)).collect();
    let people = joined.units.people_ids().filter(|person| joined.units.person(*person).name().is_some());
    let pairs = people.filter_map(|person| {
        let seats = &joined.seats[person as usize];
        let actual = joined.ledger.sum(position, seats, &months, true);
        let base = joined.ledger.sum(position, seats, &before, false);
        if base.n_known < FEWEST_ROWS || actual.n_known < FEWEST_ROWS {
            return None;
        }
        let base = base.value().filter(|base| !base.is_zero())?;
        let at = joined.ledger.first_seen(person)?.clone();
        let unit = Unit::Person(person);
        Some(Pair { unit, at, actual, base, base_due: base, period: period.clone() })
    });
    let pairs: Vec<Pair> = pairs.collect();
    judge(joined, position, "last_year", &pairs, problems);
}

/// Names what is off by a thousand times: once if it holds for all together, else unit by unit.
fn judge(joined: &Joined<'_>, position: usize, base: &'static str, pairs: &[Pair], problems: &mut Vec<Problem>) {
    let known = pairs.iter().filter(|pair| pair.actual.value().is_some_and(|actual| !actual.is_zero()));
    let known: Vec<&Pair> = known.collect();
    let total = |of: fn(&Pair) -> Amount| known.iter().map(|pair| of(pair)).sum::<Amount>();
    let (actual, whole, due) = (
        total(|pair| pair.actual.value().unwrap_or(Amount::ZERO)),
        total(|pair| pair.base),
        total(|pair| pair.base_due),
    );
    let Some(first) = known.first() else { return };
    let mut push = |pair: &Pair, unit: String, actual: Amount, base_value: Amount| {
        let metric = &joined.metrics[position];
        let magnitude = Magnitude {
            base,
            unit,
            metric: metric.key.clone(),
            period: pair.period.clone(),
            actual: shown(metric, actual),
            value: shown(metric, base_value),
            factor: factor(actual, base_value),
            likely: likely(actual, base_value).filter(|_| metric.unit == MetricUnit::Money),
        };
        problems.push(Problem::new(pair.at.clone(), Kind::Magnitude(Box::new(magnitude))).worth(Some(actual)));
    };
    if known.len() > 1 && is_off(actual, whole, due) {
        return push(first, String::new(), actual, whole);
    }
    for pair in &known {
        let Some(actual) = pair.actual.value() else { continue };
        let is_small = actual.abs() < pair.base.abs();
        let is_enough = !is_small || pair.actual.n_known >= FEWEST_ROWS;
        if is_enough && is_off(actual, pair.base, pair.base_due) {
            push(pair, joined.name(pair.unit), actual, pair.base);
        }
    }
}

/// Whether one is at least a thousand times the other. What is small must be small beside what is due.
fn is_off(actual: Amount, whole: Amount, due: Amount) -> bool {
    let thousand = Amount::whole(FACTOR);
    let is_large = actual.abs() >= whole.abs() * thousand && !whole.is_zero();
    let is_small = actual.abs() * thousand <= due.abs() && !due.is_zero();
    is_large || is_small
}

/// `12,000`, or `1/12,000`.
fn factor(actual: Amount, base: Amount) -> String {
    let is_large = actual.abs() >= base.abs();
    let (above, below) = if is_large { (actual, base) } else { (base, actual) };
    let times = above.abs().ratio_to(below.abs()).map_or(String::new(), |ratio| ratio.rounded(0).grouped(0));
    if is_large { times } else { format!("1/{times}") }
}

/// The unit that would bring both within a factor of ten of each other: of two, the one that brings them nearer.
fn likely(actual: Amount, base: Amount) -> Option<u8> {
    let (actual, base) = (actual.abs().binary(), base.abs().binary());
    let apart = |power: &u8| ((actual / base).log10().abs() - f64::from(*power)).abs();
    POWERS.into_iter().filter(|power| apart(power) <= 1.0).min_by(|a, b| apart(a).total_cmp(&apart(b)))
}
