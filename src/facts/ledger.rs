//! Actuals posted to seats and months, with control totals that tie.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::measure::{Amount, Tally};
use crate::metric::{Formula, Metric, Metrics, Unit};
use crate::period::{Calendar, Kind as PeriodKind, Period, Scope, Span};
use crate::problem::{Kind, Problem};
use crate::tables::actuals::{Chunk, Dictionary, FixedReading, PersonName, UNDATED};

use super::crossings::{Crossing, Crossings};
use super::readers::Narrowing;
use super::roster::{Found, Stint};
use super::{JoinRules, RegionBy, Units};

/// Months as one number: year × 12 + month − 1.
pub(super) type MonthNumber = i32;

/// What was done, per measure, seat and month.
#[derive(Debug, Default)]
pub struct Ledger {
    /// (metric position, seat) → month → up to the as-of day of the month, and after it in earlier years.
    cells: FxHashMap<(usize, u32), BTreeMap<MonthNumber, MonthCell>>,
    /// Metric position → months in which anything was reported at all.
    covered: FxHashMap<usize, BTreeSet<MonthNumber>>,
    /// Metric position → control totals.
    pub controls: BTreeMap<usize, Control>,
    /// The same figures by seat and by what was sold.
    pub crossings: Crossings,
    /// (metric position, seat) → first day of a week → what was reported up to the as-of day.
    weeks: FxHashMap<(usize, u32), BTreeMap<NaiveDate, Tally>>,
    /// Metric position → days of rows that cover more than a week: what a week among them had is not known.
    coarser_than_weeks: FxHashMap<usize, Vec<Span>>,
    /// Levels by (metric position, seat) and day: of these the last of a period counts.
    levels: FxHashMap<(usize, u32), BTreeMap<NaiveDate, Tally>>,
    level_metrics: BTreeSet<usize>,
    /// In a reader's facts: metric position → weeks in which anybody reported anything.
    everybodys_weeks: Option<FxHashMap<usize, BTreeSet<NaiveDate>>>,
    /// The days of the months with levels, and the last of them to compare to date with.
    level_months: BTreeMap<MonthNumber, (Span, NaiveDate)>,
    first_seen: FxHashMap<u32, CellRef>,
    /// Rows of a person whose date could not be read: they are missing from some period.
    undated: FxHashMap<u32, u32>,
}

/// A month's figure in two parts, so that earlier years can be compared to date.
#[derive(Clone, Debug, Default)]
struct MonthCell {
    /// The first cell that it is made from.
    at: Option<CellRef>,
    /// All days; or, in the as-of month's namesakes of earlier years, the days up to the as-of day.
    to_date: Tally,
    /// The rest of such a month.
    rest: Tally,
}

/// Where the amounts of a measure went: `read = credited + undated + after_as_of + others_share`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Control {
    pub read: Amount,
    pub credited: Amount,
    /// Rows whose date could not be read.
    pub undated: Amount,
    /// Rows dated after the as-of day.
    pub after_as_of: Amount,
    /// Shares of shared sales that other rows credit to others.
    pub others_share: Amount,
    pub n_unreadable: u32,
}

impl Control {
    /// What is missing between what was read and what became of it: zero, always.
    pub fn gap(&self) -> Amount {
        self.read - self.credited - self.undated - self.after_as_of - self.others_share
    }
}

impl Ledger {
    /// The sum of what was reported for a measure by seats in months. `whole` is false to
    /// leave out, in the as-of month's namesakes of earlier years, the days after the as-of day.
    ///
    /// Of a level (headcount, open pipeline) it is each seat's last reading in the last of the months
    /// in which anything was read.
    pub fn sum(&self, metric: usize, seats: &[u32], months: &[Period], whole: bool) -> Tally {
        if self.is_level(metric) {
            return self.last_level(metric, seats, months, whole);
        }
        let mut total = Tally::NOTHING;
        for seat in seats {
            let Some(cells) = self.cells.get(&(metric, *seat)) else { continue };
            for cell in months.iter().filter_map(|month| cells.get(&number(*month))) {
                total += cell.to_date;
                if whole {
                    total += cell.rest;
                }
            }
        }
        total
    }

    /// The first cell that seats' figures in months are made from, in the order of the seats.
    pub fn first_cell(&self, metric: usize, seats: &[u32], months: &[Period]) -> Option<&CellRef> {
        seats.iter().find_map(|seat| {
            let cells = self.cells.get(&(metric, *seat))?;
            months.iter().find_map(|month| cells.get(&number(*month))?.at.as_ref())
        })
    }

    /// Whether a measure is a level, of which the last reading counts, and not a flow that is added up.
    pub fn is_level(&self, metric: usize) -> bool {
        self.level_metrics.contains(&metric)
    }

    fn last_level(&self, metric: usize, seats: &[u32], months: &[Period], whole: bool) -> Tally {
        let Some(Span { first, last }) = self.days_of_level(metric, months, whole) else { return Tally::NOTHING };
        let readings = seats.iter().filter_map(|seat| self.levels.get(&(metric, *seat)));
        readings.filter_map(|days| days.range(first..=last).next_back()).map(|(_, tally)| *tally).sum()
    }

    /// The days of which the last reading counts: the last of the months in which anything was read.
    pub fn days_of_level(&self, metric: usize, months: &[Period], whole: bool) -> Option<Span> {
        let covered = self.covered.get(&metric)?;
        let is_covered = |month: &&Period| covered.contains(&number(**month));
        let month = months.iter().filter(is_covered).max_by_key(|month| number(**month))?;
        let (span, to_date) = self.level_months.get(&number(*month))?;
        Some(Span { first: span.first, last: if whole { span.last } else { *to_date } })
    }

    /// What seats reported in a week, by the week's first day; nothing where rows that cover more touch it.
    pub fn week(&self, metric: usize, seats: &[u32], first_day: NaiveDate) -> Tally {
        if self.is_coarser_than(metric, first_day) {
            return Tally::NOTHING;
        }
        let weeks = seats.iter().filter_map(|seat| self.weeks.get(&(metric, *seat)));
        weeks.filter_map(|weeks| weeks.get(&first_day)).copied().sum()
    }

    /// First days of the weeks in which anything was reported for a metric, in order, without those that rows
    /// of more than a week touch.
    pub fn weeks(&self, metric: usize) -> BTreeSet<NaiveDate> {
        if let Some(weeks) = &self.everybodys_weeks {
            return weeks.get(&metric).cloned().unwrap_or_default();
        }
        let of_metric = self.weeks.iter().filter(|((of, _), _)| *of == metric);
        let weeks: BTreeSet<NaiveDate> = of_metric.flat_map(|(_, weeks)| weeks.keys().copied()).collect();
        weeks.into_iter().filter(|week| !self.is_coarser_than(metric, *week)).collect()
    }

    /// Whether rows that cover more than a week touch one.
    fn is_coarser_than(&self, metric: usize, first_day: NaiveDate) -> bool {
        let week = Span { first: first_day, last: first_day.checked_add_days(Days::new(6)).unwrap_or(first_day) };
        let spans = self.coarser_than_weeks.get(&metric);
        spans.is_some_and(|spans| spans.iter().any(|span| span.overlap(&week).is_some()))
    }

    /// What was reported, or zero where others reported and these did not: they sold nothing.
    /// Rows without a date may be theirs: then nothing is known.
    pub fn filled(&self, metric: usize, reported: Tally, months: &[Period], n_undated: u32) -> Tally {
        if reported.is_nothing() && n_undated > 0 {
            return Tally::of(Amount::ZERO, 0, n_undated);
        }
        if reported.is_nothing() && self.is_covered(metric, months) { Tally::known(Amount::ZERO) } else { reported }
    }

    /// What a reader's seats did. In which months and weeks anybody reported anything is everybody's: who sold nothing
    /// there, while others sold, has a zero. Customers and control totals are of the whole organisation.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>) -> Ledger {
        let metrics = 0..to.metrics.iter().count();
        let places: Vec<(usize, u32, u32)> = metrics
            .clone()
            .flat_map(|metric| to.seats.iter().map(move |(seat, here)| (metric, *seat, *here)))
            .collect();
        let crossings = self.crossings.iter().filter_map(|crossing| {
            let item = match crossing.item {
                Some(item) => Some(*to.items.get(&item)?),
                None => None,
            };
            Some(Crossing { seat: *to.seats.get(&crossing.seat)?, item, ..*crossing })
        });
        let undated = to.people.iter().filter_map(|(person, here)| Some((*here, *self.undated.get(person)?)));
        let mut ledger = Ledger {
            cells: own(&self.cells, &places),
            covered: self.covered.clone(),
            crossings: Crossings::new(crossings.collect()),
            weeks: own(&self.weeks, &places),
            coarser_than_weeks: self.coarser_than_weeks.clone(),
            levels: own(&self.levels, &places),
            level_metrics: self.level_metrics.clone(),
            level_months: self.level_months.clone(),
            everybodys_weeks: Some(metrics.map(|metric| (metric, self.weeks(metric))).collect()),
            undated: undated.collect(),
            ..Ledger::default()
        };
        ledger.post_items();
        ledger
    }

    /// Whether anything was reported for a measure in any of these months.
    pub fn is_covered(&self, metric: usize, months: &[Period]) -> bool {
        let covered = self.covered.get(&metric);
        covered.is_some_and(|covered| months.iter().any(|month| covered.contains(&number(*month))))
    }

    /// Whether the ledger has anything of a measure.
    pub fn has(&self, metric: usize) -> bool {
        self.covered.contains_key(&metric)
    }

    /// How many rows of a person have no readable date.
    pub fn n_undated(&self, person: u32) -> u32 {
        self.undated.get(&person).copied().unwrap_or(0)
    }

    /// A cell in which a person is named, for problems about them.
    pub fn first_seen(&self, person: u32) -> Option<&CellRef> {
        self.first_seen.get(&person)
    }

    /// All months in which anything was reported, in order.
    pub fn months(&self) -> Vec<Period> {
        let months: BTreeSet<MonthNumber> = self.covered.values().flatten().copied().collect();
        months.into_iter().map(period).collect()
    }

    /// The days of all months with anything in them.
    pub fn span(&self, calendar: &Calendar) -> Option<Span> {
        let months = self.covered.values().flatten();
        let (first, last) = (months.clone().min()?, months.max()?);
        let span = |month: i32| calendar.span(period(month));
        Some(Span { first: span(*first).first, last: span(*last).last })
    }
}

/// The entries at some places, under their numbers in a reader's facts.
fn own<T: Clone>(of: &FxHashMap<(usize, u32), T>, places: &[(usize, u32, u32)]) -> FxHashMap<(usize, u32), T> {
    let found =
        places.iter().filter_map(|(metric, seat, here)| Some(((*metric, *here), of.get(&(*metric, *seat))?.clone())));
    found.collect()
}

pub(super) fn number(month: Period) -> MonthNumber {
    month.year * 12 + i32::try_from(month.index).unwrap_or(1) - 1
}

fn period(number: MonthNumber) -> Period {
    Period::month(number.div_euclid(12), u32::try_from(number.rem_euclid(12)).unwrap_or(0) + 1)
}

/// Rows with the same person, stint, region, part of a month, and product are one group.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct GroupKey {
    person: u32,
    stint: u32,
    /// Indices of the row's own team and region plus one; 0 for none.
    team: u32,
    region: u32,
    month: MonthNumber,
    is_rest: bool,
    /// Indices of product and segment plus one; 0 for none. Last, so that what is credited alike sorts together.
    product: u32,
    segment: u32,
}

impl GroupKey {
    /// The same key of all products.
    fn of_all_products(self) -> Self {
        GroupKey { product: 0, segment: 0, ..self }
    }
}

/// Rows with the same person, stint, region and day or week.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct DayKey {
    person: u32,
    stint: u32,
    team: u32,
    region: u32,
    /// Days from the common era: of the reading, or the first of the week.
    day: i32,
}

/// Sums of all measures by a key, in one flat list.
struct Grouped<K> {
    positions: FxHashMap<K, u32>,
    sums: Vec<Running>,
    n_measures: usize,
}

impl<K: Copy + Eq + std::hash::Hash + Ord + Send> Grouped<K> {
    fn new(n_measures: usize) -> Self {
        Grouped { positions: FxHashMap::default(), sums: Vec::new(), n_measures }
    }

    fn at(&mut self, key: K) -> &mut [Running] {
        let next = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        let position = *self.positions.entry(key).or_insert(next) as usize * self.n_measures;
        if position == self.sums.len() {
            self.sums.resize(position + self.n_measures, Running::default());
        }
        &mut self.sums[position..position + self.n_measures]
    }

    /// All groups in the keys' order.
    fn sorted(&self) -> Vec<(K, &[Running])> {
        let mut keys: Vec<(K, u32)> = self.positions.iter().map(|(key, position)| (*key, *position)).collect();
        keys.par_sort_unstable();
        let sums = |position: u32| {
            let begin = position as usize * self.n_measures;
            &self.sums[begin..begin + self.n_measures]
        };
        keys.into_iter().map(|(key, position)| (key, sums(position))).collect()
    }
}

/// Sum in units of the column, and how many readings it has.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    units: i128,
    n_known: u32,
    n_unreadable: u32,
    /// The row of the first one.
    first_row: u32,
}

impl Running {
    fn add(&mut self, units: i128, row: usize) {
        if self.n_known == 0 {
            self.first_row = u32::try_from(row).unwrap_or(u32::MAX);
        }
        self.units += units;
        self.n_known += 1;
    }

    fn is_nothing(&self) -> bool {
        self.n_known == 0 && self.n_unreadable == 0
    }
}

/// The sums of one chunk.
struct Posted {
    groups: Grouped<GroupKey>,
    /// The same sums by customer (index plus one), month, and whether it is the rest of one.
    customers: Grouped<(u32, MonthNumber, bool)>,
    /// Rows of at most a week.
    weeks: Grouped<DayKey>,
    /// Levels by the last day that a row is for.
    levels: Grouped<DayKey>,
    /// First and last day of the rows that cover more than a week.
    coarser_than_weeks: Option<(i32, i32)>,
    read: Vec<Running>,
    undated: Vec<i128>,
    after: Vec<i128>,
    others: Vec<i128>,
    n_after: usize,
    /// Rows of periods that the as-of day lies in, and the first of them.
    n_to_date: usize,
    first_to_date: Option<u32>,
    /// First row after the as-of day, for the remark.
    first_after: Option<u32>,
    scales: Vec<u8>,
    /// Rows outside every assignment, per person.
    outside: BTreeMap<u32, (u32, usize)>,
    undated_rows: BTreeMap<u32, u32>,
}

/// Posts all chunks: in parallel per chunk, merged in the chunks' order.
pub fn post(
    chunks: &[Chunk],
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    scope: Scope,
    rules: JoinRules,
    problems: &mut Vec<Problem>,
) -> Ledger {
    let is_level = |(_, metric): &(usize, &Metric)| metric.formula == Formula::Last;
    let level_metrics = metrics.iter().enumerate().filter(is_level).map(|(position, _)| position).collect();
    let mut ledger = Ledger { level_metrics, ..Ledger::default() };
    let mut crossings: Vec<Crossing> = Vec::new();
    // Whoever was found without a remark is the same person in every other sheet.
    let mut known: FxHashMap<&PersonName, u32> = FxHashMap::default();
    let people: Vec<Vec<u32>> =
        chunks.iter().map(|chunk| join_people(chunk, units, &mut ledger, &mut known, problems)).collect();
    note_documents(chunks, problems);
    let posted: Vec<Posted> = {
        let units = &*units;
        chunks
            .par_iter()
            .zip(&people)
            .map(|(chunk, people)| post_chunk(chunk, people, units, metrics, calendar, scope, &mut |_| ()))
            .collect()
    };
    for (chunk, posted) in chunks.iter().zip(posted) {
        let positions: Vec<Option<usize>> = chunk.measures.iter().map(|(key, _, _)| metrics.position(key)).collect();
        for (index, position) in positions.iter().enumerate() {
            let Some(position) = position else { continue };
            let scale = posted.scales[index];
            let control = ledger.controls.entry(*position).or_default();
            control.read += Amount::from_units(posted.read[index].units, scale);
            control.n_unreadable += posted.read[index].n_unreadable;
            control.undated += Amount::from_units(posted.undated[index], scale);
            control.after_as_of += Amount::from_units(posted.after[index], scale);
            control.others_share += Amount::from_units(posted.others[index], scale);
        }
        if let Some(row) = posted.first_after {
            let kind = Kind::AfterAsOf { n_rows: posted.n_after, as_of: scope.as_of.to_string() };
            let amount =
                positions.iter().zip(&posted.after).zip(&posted.scales).find_map(|((position, units), scale)| {
                    position.is_some().then(|| Amount::from_units(*units, *scale))
                });
            problems.push(Problem::new(chunk.person_cell(row, &PersonName::default()), kind).worth(amount));
        }
        if let Some(row) = posted.first_to_date {
            let kind = Kind::ToDate { n_rows: posted.n_to_date, as_of: scope.as_of.to_string() };
            problems.push(Problem::new(chunk.person_cell(row, &PersonName::default()), kind));
        }
        for (person, n_rows) in &posted.undated_rows {
            *ledger.undated.entry(*person).or_default() += n_rows;
        }
        for (person, (row, n_rows)) in &posted.outside {
            let name = units.person(*person).name().unwrap_or("").to_string();
            let at = chunk.person_cell(*row, &PersonName::default());
            problems.push(Problem::new(at, Kind::OutsideAssignment { name, n_rows: *n_rows }));
        }
        let mut unknown_regions: BTreeSet<u32> = BTreeSet::new();
        let mut seats_of = |person: u32, stint: u32, team: u32, region: u32, units: &mut Units| {
            seats_of(chunk, [person, stint, team, region], units, rules, &mut unknown_regions)
        };
        let groups = posted.groups.sorted();
        // In the order in which the sheet names them, whoever sold them.
        let offered: BTreeSet<(u32, u32)> = groups.iter().map(|(key, _)| (key.product, key.segment)).collect();
        let item = |(product, segment)| ((product, segment), item_of(chunk, product, segment, units));
        let items: FxHashMap<(u32, u32), Option<u32>> = offered.into_iter().map(item).collect();
        for group in groups.chunk_by(|(a, _), (b, _)| a.of_all_products() == b.of_all_products()) {
            let key = group[0].0;
            let (seats, weights) = seats_of(key.person, key.stint, key.team, key.region, units);
            for (index, position) in positions.iter().enumerate() {
                let Some(position) = *position else { continue };
                let mut shares = Shares::new(&weights);
                let mut totals = vec![Tally::NOTHING; seats.len()];
                for (key, sums) in group {
                    let running = &sums[index];
                    if running.is_nothing() {
                        continue;
                    }
                    let item = items.get(&(key.product, key.segment)).copied().flatten();
                    let whole = Amount::from_units(running.units, posted.scales[index]);
                    for (share, (seat, part)) in seats.iter().zip(shares.next(whole)).enumerate() {
                        // What could not be read is missing once, however many share the credit.
                        let n_unreadable = if share == 0 { running.n_unreadable } else { 0 };
                        let tally = Tally::of(part, running.n_known, n_unreadable);
                        totals[share] += tally;
                        crossings.push(Crossing {
                            metric: u32::try_from(position).unwrap_or(u32::MAX),
                            month: key.month,
                            is_rest: key.is_rest,
                            seat: *seat,
                            item,
                            tally,
                        });
                    }
                }
                if totals.iter().all(Tally::is_nothing) {
                    continue;
                }
                ledger.covered.entry(position).or_default().insert(key.month);
                ledger.controls.entry(position).or_default().credited += shares.given;
                let first_row = group.iter().map(|(_, sums)| sums[index]).filter(|sum| sum.n_known > 0);
                let first_row = first_row.map(|sum| sum.first_row as usize).min();
                let at = first_row.map(|row| chunk.value_cell(row, index));
                for (seat, tally) in seats.iter().zip(totals) {
                    let month = ledger.cells.entry((position, *seat)).or_default().entry(key.month).or_default();
                    month.at = month.at.take().or_else(|| at.clone());
                    if key.is_rest { month.rest += tally } else { month.to_date += tally }
                }
            }
        }
        let mut post_days = |groups: Grouped<DayKey>, are_levels: bool, units: &mut Units| {
            for (key, sums) in groups.sorted() {
                let (seats, weights) = seats_of(key.person, key.stint, key.team, key.region, units);
                let day = NaiveDate::from_num_days_from_ce_opt(key.day).unwrap_or(NaiveDate::MIN);
                for (index, running) in sums.iter().enumerate() {
                    let Some(position) = positions[index] else { continue };
                    if running.is_nothing() || ledger.is_level(position) != are_levels {
                        continue;
                    }
                    let whole = Amount::from_units(running.units, posted.scales[index]);
                    let days = if are_levels { &mut ledger.levels } else { &mut ledger.weeks };
                    for (share, (seat, part)) in seats.iter().zip(Shares::new(&weights).next(whole)).enumerate() {
                        let n_unreadable = if share == 0 { running.n_unreadable } else { 0 };
                        let tally = Tally::of(part, running.n_known, n_unreadable);
                        *days.entry((position, *seat)).or_default().entry(day).or_default() += tally;
                    }
                }
            }
        };
        post_days(posted.weeks, false, units);
        post_days(posted.levels, true, units);
        if let Some((first, last)) = posted.coarser_than_weeks {
            let day = |day: i32| NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MIN);
            let span = Span { first: day(first), last: day(last) };
            positions.iter().flatten().for_each(|metric| {
                ledger.coarser_than_weeks.entry(*metric).or_default().push(span);
            });
        }
        for ((customer, month_number, is_rest), sums) in posted.customers.sorted() {
            let Some(name) = own_value(&chunk.customers, customer) else { continue };
            let customer = Units::customer_number(units.customer(name));
            for (index, running) in sums.iter().enumerate() {
                let Some(position) = positions[index].filter(|_| !running.is_nothing()) else { continue };
                let month = ledger.cells.entry((position, customer)).or_default().entry(month_number).or_default();
                let whole = Amount::from_units(running.units, posted.scales[index]);
                let tally = Tally::of(whole, running.n_known, running.n_unreadable);
                if is_rest { month.rest += tally } else { month.to_date += tally }
            }
        }
        for region in unknown_regions {
            let Some(regions) = &chunk.regions else { continue };
            let name = regions.values[region as usize].clone().unwrap_or_default();
            let row = regions.indices.iter().position(|index| *index == region).map_or(0, |row| chunk.source_rows[row]);
            let kind = Kind::UnknownUnit { suggestion: units.nearest(&name), name };
            problems.push(Problem::new(chunk.place.at(row, chunk.region_column.unwrap_or(0)), kind));
        }
    }
    ledger.crossings = Crossings::new(crossings);
    ledger.post_items();
    for month in ledger.level_metrics.iter().filter_map(|metric| ledger.covered.get(metric)).flatten() {
        let span = calendar.span(period(*month));
        let to_date = calendar.as_of_in(period(*month), scope.as_of).map_or(span.last, |day| day.min(span.last));
        ledger.level_months.insert(*month, (span, to_date));
    }
    ledger
}

/// The seats that share the credit of a person's stint, and their weights. `team` and `region` are what the rows
/// name themselves, as indices plus one.
fn seats_of(
    chunk: &Chunk,
    [person, stint, team, region]: [u32; 4],
    units: &mut Units,
    rules: JoinRules,
    unknown_regions: &mut BTreeSet<u32>,
) -> (Vec<u32>, Vec<i64>) {
    let stint = &units.stints(person)[stint as usize];
    let own = |dictionary: &Option<Dictionary<Option<String>>>, index: u32| {
        let dictionary = dictionary.as_ref()?;
        dictionary.values.get((index as usize).checked_sub(1)?)?.clone()
    };
    let (own_team, own_region) = (own(&chunk.teams, team), own(&chunk.regions, region));
    let parts = stint.parts.clone();
    let weights: Vec<i64> = parts.iter().map(|(_, _, weight)| *weight).collect();
    let seats: Vec<u32> = parts
        .iter()
        .map(|(team, of_stint, _)| match (rules.region_by, &own_region) {
            (RegionBy::Actuals, own) if chunk.regions.is_some() => {
                let region = own.as_deref().map(|name| units.region(Some(name)));
                units.seat(person, if own.is_some() { None } else { *team }, region)
            }
            // A sale of nobody known still has the team and region that it names.
            (RegionBy::Assignment, own) if team.is_none() && of_stint.is_none() => {
                let is_known = own.as_deref().is_some_and(|own| units.has_region(own));
                if own.is_some() && !is_known {
                    unknown_regions.insert(region - 1);
                }
                let region = own.as_deref().filter(|_| is_known).map(|own| units.region(Some(own)));
                let team = own_team.as_deref().map(|team| units.team_in(Some(team), region));
                units.seat(person, team, region)
            }
            _ => units.seat(person, *team, *of_stint),
        })
        .collect();
    (seats, weights)
}

/// The name that a row's index plus one stands for.
fn own_value(dictionary: &Option<Dictionary<Option<String>>>, index: u32) -> Option<&str> {
    dictionary.as_ref()?.values.get((index as usize).checked_sub(1)?)?.as_deref()
}

/// The item that a group's product and segment are; nothing where the sheet has neither column.
fn item_of(chunk: &Chunk, product: u32, segment: u32, units: &mut Units) -> Option<u32> {
    let has_items = chunk.products.is_some() || chunk.segments.is_some();
    has_items.then(|| units.item(own_value(&chunk.products, product), own_value(&chunk.segments, segment)))
}

/// Divides one amount after another by weights, so that the parts of all of them together are what their sum
/// would be divided into: no cent moves because a sum came in pieces.
struct Shares<'a> {
    weights: &'a [i64],
    given: Amount,
    parts: Vec<Amount>,
}

impl<'a> Shares<'a> {
    fn new(weights: &'a [i64]) -> Self {
        Shares { weights, given: Amount::ZERO, parts: vec![Amount::ZERO; weights.len()] }
    }

    fn next(&mut self, amount: Amount) -> Vec<Amount> {
        self.given += amount;
        // Nearly everyone has one seat, and nothing to divide.
        if self.weights.len() == 1 {
            return vec![amount];
        }
        let parts = self.given.split(self.weights, 2);
        let before = std::mem::replace(&mut self.parts, parts);
        self.parts.iter().zip(before).map(|(now, before)| *now - before).collect()
    }
}

impl Ledger {
    /// Products and segments have ledger numbers of their own, beside the seats.
    fn post_items(&mut self) {
        let flows = self.crossings.iter().filter(|crossing| !self.level_metrics.contains(&(crossing.metric as usize)));
        for crossing in flows {
            let Some(item) = crossing.item else { continue };
            let key = (crossing.metric as usize, Units::ledger_number(item));
            let month = self.cells.entry(key).or_default().entry(crossing.month).or_default();
            if crossing.is_rest { month.rest += crossing.tally } else { month.to_date += crossing.tally }
        }
    }
}

/// The person of each distinct name in a chunk; unknown names are noted once, with what is at stake.
fn join_people<'a>(
    chunk: &'a Chunk,
    units: &mut Units,
    ledger: &mut Ledger,
    known: &mut FxHashMap<&'a PersonName, u32>,
    problems: &mut Vec<Problem>,
) -> Vec<u32> {
    let mut seen: Vec<(usize, Option<u32>)> = vec![(0, None); chunk.people.values.len()];
    for (index, row) in chunk.people.indices.iter().zip(&chunk.source_rows) {
        let entry = &mut seen[*index as usize];
        entry.0 += 1;
        entry.1.get_or_insert(*row);
    }
    // What is at stake: asked for only where somebody is unknown.
    let mut sums: Option<Vec<i128>> = None;
    let names = chunk.people.values.iter().enumerate();
    names
        .map(|(index, name)| {
            if let Some(person) = known.get(name) {
                return *person;
            }
            let n_problems = problems.len();
            let (n_rows, first_row) = seen[index];
            let at = chunk.person_cell(first_row.unwrap_or(0), name);
            if *name == PersonName::default() {
                return units.unassigned();
            }
            let amount = match units.find(name) {
                Found::Person(_) | Found::ByName(_) => None,
                _ => {
                    let sums = sums.get_or_insert_with(|| sums_by_person(chunk));
                    let scale = chunk.measures.first().map(|(_, _, column)| column.scale());
                    scale.map(|scale| Amount::from_units(sums[index], scale))
                }
            };
            let person = units.person_or_unassigned(name, &at, n_rows, amount, problems);
            ledger.first_seen.entry(person).or_insert(at);
            if problems.len() == n_problems {
                known.insert(name, person);
            }
            person
        })
        .collect()
}

/// The sum of the first measure for each distinct name.
fn sums_by_person(chunk: &Chunk) -> Vec<i128> {
    let mut sums = vec![0; chunk.people.values.len()];
    let Some((_, _, column)) = chunk.measures.first() else { return sums };
    for (row, person) in chunk.people.indices.iter().enumerate() {
        if let FixedReading::Known(units) = column.get(row) {
            sums[*person as usize] += i128::from(units);
        }
    }
    sums
}

fn post_chunk(
    chunk: &Chunk,
    people: &[u32],
    units: &Units,
    metrics: &Metrics,
    calendar: &Calendar,
    scope: Scope,
    see: &mut impl FnMut(Seen),
) -> Posted {
    let n_measures = chunk.measures.len();
    let share_scale = chunk.share.as_ref().map_or(0, |share| share.scale());
    let share_one = 10i128.pow(u32::from(share_scale));
    // Whole amounts of money may be divided to the cent: two more decimals where the column has fewer.
    let decimals = |key: &str| match metrics.get(key) {
        Some(metric) if metric.unit == Unit::Money => 2,
        _ => 0,
    };
    let more = chunk.measures.iter().map(|(key, _, column)| decimals(key).max(column.scale()) - column.scale());
    let more: Vec<u8> = more.collect();
    let finer: Vec<i128> = more.iter().map(|more| 10i128.pow(u32::from(*more))).collect();
    let mut posted = Posted {
        groups: Grouped::new(n_measures),
        customers: Grouped::new(n_measures),
        weeks: Grouped::new(n_measures),
        levels: Grouped::new(n_measures),
        coarser_than_weeks: None,
        read: vec![Running::default(); n_measures],
        undated: vec![0; n_measures],
        after: vec![0; n_measures],
        others: vec![0; n_measures],
        n_after: 0,
        first_after: None,
        n_to_date: 0,
        first_to_date: None,
        scales: chunk
            .measures
            .iter()
            .zip(&more)
            .map(|((_, _, column), more)| column.scale() + share_scale + more)
            .collect(),
        outside: BTreeMap::new(),
        undated_rows: BTreeMap::new(),
    };
    let as_of = scope.as_of.num_days_from_ce();
    let index_plus_one = |dictionary: &Option<Dictionary<Option<String>>>, row: usize| {
        dictionary.as_ref().map_or(0, |dictionary| dictionary.indices[row] + 1)
    };
    let is_level = |key: &String| metrics.get(key).is_some_and(|metric| metric.formula == Formula::Last);
    let has_levels = chunk.measures.iter().any(|(key, ..)| is_level(key));
    let is_to_date = |first: i32, last: i32| first <= as_of && as_of < last && last - first >= DAYS_OF_A_WEEK;
    // Figures of whole periods, and none of a later one: what the present one has was done to date.
    let ends_with_as_of = !chunk.first_day.iter().any(|first| *first > as_of);
    // Rows often come in time order: the last day's month and the last person's stint are worth keeping.
    let mut last_date = (UNDATED, NaiveDate::MIN);
    let mut months = MonthFinder { calendar, as_of: scope.as_of, known: FxHashMap::default() };
    let mut parts: Vec<(Option<GroupKey>, i64)> = Vec::new();
    for row in 0..chunk.n_rows() {
        let share = match chunk.share.as_ref().map(|share| share.get(row)) {
            Some(FixedReading::Known(units)) => i128::from(units),
            Some(FixedReading::Unreadable) => 0,
            Some(FixedReading::Blank) | None => share_one,
        };
        let (first, mut last) = (chunk.first_day[row], chunk.last_day[row]);
        if first != UNDATED && ends_with_as_of && is_to_date(first, last) {
            last = as_of;
            posted.n_to_date += 1;
            posted.first_to_date.get_or_insert(chunk.source_rows[row]);
        }
        let values = chunk.measures.iter().map(|(_, _, column)| column.get(row));
        let is_undated = first == UNDATED;
        let is_after = !is_undated && first > as_of;
        for (index, value) in values.clone().enumerate() {
            match value {
                FixedReading::Known(units) => {
                    let units = i128::from(units) * finer[index];
                    let (whole, credited) = (units * share_one, units * share);
                    posted.read[index].add(whole, row);
                    if is_undated {
                        posted.undated[index] += whole;
                    } else if is_after {
                        posted.after[index] += whole;
                    } else {
                        posted.others[index] += whole - credited;
                    }
                }
                FixedReading::Unreadable => posted.read[index].n_unreadable += 1,
                FixedReading::Blank => {}
            }
        }
        if is_after {
            posted.n_after += 1;
            posted.first_after.get_or_insert(chunk.source_rows[row]);
        }
        if is_undated {
            *posted.undated_rows.entry(people[chunk.people.indices[row] as usize]).or_default() += 1;
        }
        if is_undated || is_after {
            continue;
        }
        if first != last_date.0 {
            last_date = (first, NaiveDate::from_num_days_from_ce_opt(first).unwrap_or(NaiveDate::MIN));
        }
        let day = last_date.1;
        let person = people[chunk.people.indices[row] as usize];
        let stints = units.stints(person);
        let (team, region) = (index_plus_one(&chunk.teams, row), index_plus_one(&chunk.regions, row));
        let (product, segment) = (index_plus_one(&chunk.products, row), index_plus_one(&chunk.segments, row));
        let customer = index_plus_one(&chunk.customers, row);
        let key = |stint: usize, (month, is_rest): (MonthNumber, bool)| GroupKey {
            person,
            stint: u32::try_from(stint).unwrap_or(0),
            team,
            region,
            month,
            is_rest,
            product,
            segment,
        };
        parts.clear();
        if last == first {
            let stint = stints.partition_point(|stint| stint.span.last < day);
            parts.push((Some(key(stint, months.of(day))), 1));
        } else {
            let end = NaiveDate::from_num_days_from_ce_opt(last).unwrap_or(day);
            let days = Span { first: day, last: end };
            let home = calendar.month_of_week(days);
            // What belongs to a month that has not begun does not count yet.
            let has_begun = home.is_none_or(|month| calendar.span(month).first <= scope.as_of);
            for (stint, part) in cuts(days, stints, calendar, home, scope.as_of) {
                let counts = has_begun && part.first <= scope.as_of;
                let group = counts.then(|| match home {
                    Some(month) => key(stint, months.in_month(month, part.first)),
                    None => key(stint, months.of(part.first)),
                });
                parts.push((group, calendar.work_days.count(part)));
            }
            // What has no work day of the row gets nothing of it.
            if parts.iter().any(|(_, weight)| *weight > 0) {
                parts.retain(|(_, weight)| *weight > 0);
            }
        }
        let is_outside = |key: &GroupKey| stints.get(key.stint as usize).is_some_and(|stint| stint.outside);
        if parts.iter().filter_map(|(key, _)| key.as_ref()).any(is_outside) {
            posted.outside.entry(person).or_insert((chunk.source_rows[row], 0)).1 += 1;
        }
        // Divided once per measure; nearly every row has one part, and then there is nothing to divide.
        let mut divided: Vec<Vec<Amount>> = Vec::new();
        if parts.len() > 1 {
            let weights: Vec<i64> = parts.iter().map(|(_, weight)| *weight).collect();
            divided.extend(values.clone().enumerate().map(|(index, value)| match value {
                FixedReading::Known(units) => {
                    let scale = posted.scales[index];
                    Amount::from_units(i128::from(units) * share * finer[index], scale).split(&weights, scale)
                }
                _ => Vec::new(),
            }));
        }
        for (position, (key, _)) in parts.iter().enumerate() {
            let mut group = key.map(|key| posted.groups.at(key));
            let mut customer =
                key.filter(|_| customer > 0).map(|key| posted.customers.at((customer, key.month, key.is_rest)));
            for (index, value) in values.clone().enumerate() {
                match value {
                    FixedReading::Known(units) => {
                        let units = match divided.get(index) {
                            Some(split) => split[position].units(posted.scales[index]).unwrap_or(0),
                            None => i128::from(units) * share * finer[index],
                        };
                        if let Some(customer) = &mut customer {
                            customer[index].add(units, row);
                        }
                        match &mut group {
                            Some(group) => group[index].add(units, row),
                            // The days of a week that lie after the as-of day do not count yet.
                            None => posted.after[index] += units,
                        }
                        if let Some(key) = key {
                            let (units, scale) = (Some(units), posted.scales[index]);
                            see(Seen { row, measure: index, key: SeenKey::Month(*key), units, scale });
                        }
                    }
                    // It stands in one cell: it is missing from one month.
                    FixedReading::Unreadable if position == 0 => {
                        if let Some(key) = key {
                            let (units, scale) = (None, posted.scales[index]);
                            see(Seen { row, measure: index, key: SeenKey::Month(*key), units, scale });
                        }
                        for sums in [&mut group, &mut customer].into_iter().flatten() {
                            sums[index].n_unreadable += 1;
                        }
                    }
                    FixedReading::Unreadable | FixedReading::Blank => {}
                }
            }
        }
        let last_day = last.min(as_of);
        if last - first >= DAYS_OF_A_WEEK
            || week_of(first, calendar.week_start) != week_of(last_day, calendar.week_start)
        {
            let known = posted.coarser_than_weeks.get_or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        } else if let Some((Some(key), _)) = parts.first() {
            let key = DayKey { person, stint: key.stint, team, region, day: week_of(first, calendar.week_start) };
            add_whole(row, posted.weeks.at(key), values.clone(), &|index| share * finer[index]);
            see_whole(row, SeenKey::Week(key), values.clone(), &|index| share * finer[index], &posted.scales, see);
        }
        if has_levels && let Some((Some(key), _)) = parts.iter().rev().find(|(key, _)| key.is_some()) {
            let key = DayKey { person, stint: key.stint, team, region, day: last_day };
            add_whole(row, posted.levels.at(key), values.clone(), &|index| share * finer[index]);
            see_whole(row, SeenKey::Level(key), values.clone(), &|index| share * finer[index], &posted.scales, see);
        }
    }
    posted
}

/// A reading as it is posted, for whoever wants to know which rows make up a figure.
#[derive(Clone, Copy, Debug)]
struct Seen {
    row: usize,
    measure: usize,
    key: SeenKey,
    /// Of the person's share, at `scale`; nothing where the cell could not be read.
    units: Option<i128>,
    scale: u8,
}

/// Under what a reading is posted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum SeenKey {
    Month(GroupKey),
    Week(DayKey),
    Level(DayKey),
}

/// Tells of a row's readings that are posted undivided.
fn see_whole(
    row: usize,
    key: SeenKey,
    values: impl Iterator<Item = FixedReading>,
    factor: &dyn Fn(usize) -> i128,
    scales: &[u8],
    see: &mut impl FnMut(Seen),
) {
    for (measure, value) in values.enumerate() {
        let units = match value {
            FixedReading::Known(units) => Some(i128::from(units) * factor(measure)),
            FixedReading::Unreadable => None,
            FixedReading::Blank => continue,
        };
        see(Seen { row, measure, key, units, scale: scales[measure] });
    }
}

/// When the readings of a figure are of.
#[derive(Clone, Debug)]
pub enum When {
    /// Months, each with whether the days after the as-of day's namesake count too.
    Months(Vec<(Period, bool)>),
    /// Weeks, by their first days.
    Weeks(Vec<NaiveDate>),
    /// Of a level: each seat's last reading in these days.
    LastOf(Span),
}

/// Which readings a figure is made of.
pub struct Wanted<'a> {
    /// Position of a metric that is not a ratio.
    pub metric: usize,
    pub when: When,
    /// Whether a seat's readings count, of an item (if the table has any), bought by a customer (if it names one).
    pub counts: &'a dyn Fn(u32, Option<u32>, Option<u32>) -> bool,
}

/// A row's part in a figure.
#[derive(Clone, Debug)]
pub struct Posting {
    /// Position of the sheet among those read.
    pub chunk: usize,
    /// Position of the row in the sheet's columns.
    pub row: usize,
    /// Position among the sheet's measures.
    pub measure: usize,
    /// Nothing where the cell could not be read.
    pub amount: Option<Amount>,
}

/// The rows that a figure is made of, in input order, by the rules by which they were posted. `units` is as it was
/// when they had been.
pub(super) fn postings(
    chunks: &[Chunk],
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    scope: Scope,
    rules: JoinRules,
    wanted: &Wanted<'_>,
) -> Vec<Posting> {
    let mut ledger = Ledger::default();
    let mut known: FxHashMap<&PersonName, u32> = FxHashMap::default();
    let mut problems = Vec::new();
    let people: Vec<Vec<u32>> =
        chunks.iter().map(|chunk| join_people(chunk, units, &mut ledger, &mut known, &mut problems)).collect();
    let is_when = |key: SeenKey| match (&wanted.when, key) {
        (When::Months(months), SeenKey::Month(key)) => {
            months.iter().any(|(month, whole)| number(*month) == key.month && (*whole || !key.is_rest))
        }
        (When::Weeks(weeks), SeenKey::Week(key)) => weeks.iter().any(|week| week.num_days_from_ce() == key.day),
        (When::LastOf(days), SeenKey::Level(key)) => {
            (days.first.num_days_from_ce()..=days.last.num_days_from_ce()).contains(&key.day)
        }
        _ => false,
    };
    let mut found: BTreeMap<(usize, usize, usize), Posting> = BTreeMap::new();
    // Of a level: the day of each seat's last reading, and what was read.
    let mut last: FxHashMap<u32, (i32, Vec<Posting>)> = FxHashMap::default();
    for (position, (chunk, people)) in chunks.iter().zip(&people).enumerate() {
        let of_metric = |measure: usize| metrics.position(&chunk.measures[measure].0) == Some(wanted.metric);
        let mut seen: Vec<Seen> = Vec::new();
        post_chunk(chunk, people, units, metrics, calendar, scope, &mut |reading| {
            if of_metric(reading.measure) && is_when(reading.key) {
                seen.push(reading);
            }
        });
        // As when they were posted: by group, so that seats that share a sum get the same cents of it.
        let mut groups: BTreeMap<SeenKey, Vec<Seen>> = BTreeMap::new();
        for reading in seen {
            let group = match reading.key {
                SeenKey::Month(key) => SeenKey::Month(key.of_all_products()),
                key => key,
            };
            groups.entry(group).or_default().push(reading);
        }
        for (group, mut readings) in groups {
            let (SeenKey::Week(DayKey { person, stint, team, region, .. })
            | SeenKey::Level(DayKey { person, stint, team, region, .. })
            | SeenKey::Month(GroupKey { person, stint, team, region, .. })) = group;
            let (seats, weights) =
                seats_of(chunk, [person, stint, team, region], units, rules, &mut BTreeSet::default());
            // Products in the order in which they were posted: that of their keys.
            readings.sort_by_key(|reading| (reading.measure, reading.key));
            for of_measure in readings.chunk_by(|a, b| a.measure == b.measure) {
                let mut shares = Shares::new(&weights);
                for reading in of_measure {
                    let item = match reading.key {
                        SeenKey::Month(key) => item_of(chunk, key.product, key.segment, units),
                        _ => None,
                    };
                    let customer = chunk.customers.as_ref().map_or(0, |names| names.indices[reading.row] + 1);
                    let customer = own_value(&chunk.customers, customer).map(|name| units.customer(name));
                    let parts: Vec<Option<Amount>> = match reading.units {
                        Some(units) => {
                            let parts = shares.next(Amount::from_units(units, reading.scale));
                            parts.into_iter().map(Some).collect()
                        }
                        // What could not be read is missing once.
                        None => vec![None],
                    };
                    for (seat, amount) in seats.iter().zip(parts) {
                        if !(wanted.counts)(*seat, item, customer) {
                            continue;
                        }
                        let posting = Posting { chunk: position, row: reading.row, measure: reading.measure, amount };
                        if let SeenKey::Level(key) = group {
                            let of_seat = last.entry(*seat).or_insert((key.day, Vec::new()));
                            if key.day > of_seat.0 {
                                *of_seat = (key.day, Vec::new());
                            }
                            if key.day == of_seat.0 {
                                of_seat.1.push(posting);
                            }
                            continue;
                        }
                        merge(&mut found, posting);
                    }
                }
            }
        }
    }
    last.into_values().flat_map(|(_, postings)| postings).for_each(|posting| merge(&mut found, posting));
    found.into_values().collect()
}

/// Parts of one row in several seats of the figure are one part.
fn merge(found: &mut BTreeMap<(usize, usize, usize), Posting>, posting: Posting) {
    match found.entry((posting.chunk, posting.row, posting.measure)) {
        Entry::Vacant(place) => drop(place.insert(posting)),
        Entry::Occupied(mut place) => {
            let known = place.get_mut();
            known.amount = match (known.amount, posting.amount) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
    }
}

/// Adds a row's readings, undivided.
fn add_whole(
    row: usize,
    sums: &mut [Running],
    values: impl Iterator<Item = FixedReading>,
    factor: &dyn Fn(usize) -> i128,
) {
    for (index, (running, value)) in sums.iter_mut().zip(values).enumerate() {
        match value {
            FixedReading::Known(units) => running.add(i128::from(units) * factor(index), row),
            FixedReading::Unreadable => running.n_unreadable += 1,
            FixedReading::Blank => {}
        }
    }
}

/// The first day of a day's week, as days from the common era, whose first day was a Monday.
fn week_of(day: i32, week_start: chrono::Weekday) -> i32 {
    let start = i32::try_from(week_start.num_days_from_monday()).unwrap_or(0);
    day - (day - 1 - start).rem_euclid(7)
}

/// Rows of at most these days are divided at the as-of day, whatever else there is: a week is given as a whole.
pub(super) const DAYS_OF_A_WEEK: i32 = 7;

/// The month of a day, and whether it is the rest of a month whose earlier days are compared to date.
struct MonthFinder<'a> {
    calendar: &'a Calendar,
    as_of: NaiveDate,
    /// Days of months that are made of weeks: looked up once each.
    known: FxHashMap<NaiveDate, (MonthNumber, bool)>,
}

impl MonthFinder<'_> {
    fn of(&mut self, day: NaiveDate) -> (MonthNumber, bool) {
        if self.calendar.has_weeks() {
            if let Some(known) = self.known.get(&day) {
                return *known;
            }
            let found = self.in_month(self.calendar.containing(PeriodKind::Month, day), day);
            self.known.insert(day, found);
            return found;
        }
        let month = day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
        let as_of = self.as_of;
        (month, day.month() == as_of.month() && day.year() < as_of.year() && day.day() > as_of.day())
    }

    /// The same of a day whose figures are counted in a given month.
    fn in_month(&self, month: Period, day: NaiveDate) -> (MonthNumber, bool) {
        let cut = self.calendar.as_of_in(month, self.as_of).filter(|cut| *cut < self.as_of);
        (number(month), cut.is_some_and(|cut| day > cut))
    }
}

/// Cuts a row's days where a month, an assignment, or what is compared to date ends. Those of a week that belongs
/// to one month are not cut where a month ends.
fn cuts(
    span: Span,
    stints: &[Stint],
    calendar: &Calendar,
    home: Option<Period>,
    as_of: NaiveDate,
) -> Vec<(usize, Span)> {
    let mut cuts = Vec::new();
    let mut first = span.first;
    while first <= span.last {
        let stint = stints.partition_point(|stint| stint.span.last < first);
        let month = home.unwrap_or_else(|| calendar.containing(PeriodKind::Month, first));
        let month_end = if home.is_none() { Some(calendar.span(month).last) } else { None };
        // The as-of day, and its namesakes in earlier years.
        let namesakes = [calendar.as_of_in(month, as_of), Some(as_of)].map(|day| day.filter(|day| *day >= first));
        let ends = [Some(span.last), stints.get(stint).map(|stint| stint.span.last), month_end];
        let last = ends.into_iter().chain(namesakes).flatten().min().unwrap_or(span.last);
        cuts.push((stint, Span { first, last }));
        match last.succ_opt() {
            Some(next) => first = next,
            None => break,
        }
    }
    cuts
}

/// Shared sales: the shares of one document must add up to the whole.
fn note_documents(chunks: &[Chunk], problems: &mut Vec<Problem>) {
    for chunk in chunks {
        let (Some(documents), Some(shares)) = (&chunk.documents, &chunk.share) else { continue };
        let mut totals: BTreeMap<u32, (u32, i64)> = BTreeMap::new();
        for row in 0..chunk.n_rows() {
            if documents.values[documents.indices[row] as usize].is_none() {
                continue;
            }
            let whole = 10i64.pow(u32::from(shares.scale()));
            let share = match shares.get(row) {
                FixedReading::Known(units) => units,
                FixedReading::Blank => whole,
                FixedReading::Unreadable => continue,
            };
            totals.entry(documents.indices[row]).or_insert((chunk.source_rows[row], 0)).1 += share;
        }
        for (document, (row, total)) in totals {
            let total = Amount::from_units(i128::from(total), shares.scale());
            if total != Amount::ONE {
                let document = documents.values[document as usize].clone().unwrap_or_default();
                let share = format!("{} %", (total * Amount::whole(100)).plain());
                let at = chunk.person_cell(row, &PersonName::default());
                problems.push(Problem::new(at, Kind::ShareOfDocument { document, share }));
            }
        }
    }
}
