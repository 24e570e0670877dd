//! The sums of one chunk of actuals, by person, stint and month, by customer, by week, and by day of a level.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::Units;
use crate::facts::roster::Stint;
use crate::measure::Amount;
use crate::metric::{Formula, Metrics, Unit};
use crate::period::{Calendar, Kind as PeriodKind, Period, Scope, Span};
use crate::tables::actuals::{Chunk, Dictionary, FixedReading, UNDATED};

use super::{DAYS_OF_A_WEEK, MonthNumber, number};

/// Rows with the same person, stint, region, part of a month, and product are one group.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct GroupKey {
    pub(super) person: u32,
    pub(super) stint: u32,
    /// Indices of the row's own team and region plus one; 0 for none.
    pub(super) team: u32,
    pub(super) region: u32,
    pub(super) month: MonthNumber,
    pub(super) is_rest: bool,
    /// Indices of product and segment plus one; 0 for none. Last, so that what is credited alike sorts together.
    pub(super) product: u32,
    pub(super) segment: u32,
}

impl GroupKey {
    /// The same key of all products.
    pub(super) fn of_all_products(self) -> Self {
        GroupKey { product: 0, segment: 0, ..self }
    }
}

/// Rows with the same person, stint, region, month, and day or week.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct DayKey {
    pub(super) person: u32,
    pub(super) stint: u32,
    pub(super) team: u32,
    pub(super) region: u32,
    /// Days from the common era: of the reading, or the first of the week.
    pub(super) day: i32,
    /// The month that it counts in.
    pub(super) month: MonthNumber,
}

/// Sums of all measures by a key, in one flat list.
pub(super) struct Grouped<K> {
    positions: FxHashMap<K, u32>,
    sums: Vec<Running>,
    n_measures: usize,
}

impl<K: Copy + Eq + std::hash::Hash + Ord + Send> Grouped<K> {
    pub(super) fn new(n_measures: usize) -> Self {
        Grouped { positions: FxHashMap::default(), sums: Vec::new(), n_measures }
    }

    pub(super) fn at(&mut self, key: K) -> &mut [Running] {
        let next = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        let position = *self.positions.entry(key).or_insert(next) as usize * self.n_measures;
        if position == self.sums.len() {
            self.sums.resize(position + self.n_measures, Running::default());
        }
        &mut self.sums[position..position + self.n_measures]
    }

    /// All groups in the keys' order.
    pub(super) fn sorted(&self) -> Vec<(K, &[Running])> {
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
pub(super) struct Running {
    pub(super) units: i128,
    pub(super) n_known: u32,
    pub(super) n_unreadable: u32,
    /// The row of the first one.
    pub(super) first_row: u32,
}

impl Running {
    pub(super) fn add(&mut self, units: i128, row: usize) {
        if self.n_known == 0 {
            self.first_row = u32::try_from(row).unwrap_or(u32::MAX);
        }
        self.units += units;
        self.n_known += 1;
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.n_known == 0 && self.n_unreadable == 0
    }
}

/// The sums of one chunk.
pub(super) struct Posted {
    pub(super) groups: Grouped<GroupKey>,
    /// The same sums by customer (index plus one), month, and whether it is the rest of one.
    pub(super) customers: Grouped<(u32, MonthNumber, bool)>,
    /// Rows of at most a week.
    pub(super) weeks: Grouped<DayKey>,
    /// Levels by the last day that a row is for.
    pub(super) levels: Grouped<DayKey>,
    /// First and last day of the rows that cover more than a week.
    pub(super) coarser_than_weeks: Option<(i32, i32)>,
    pub(super) read: Vec<Running>,
    pub(super) undated: Vec<i128>,
    pub(super) after: Vec<i128>,
    pub(super) others: Vec<i128>,
    pub(super) n_after: usize,
    /// Rows of periods that the as-of day lies in, and the first of them.
    pub(super) n_to_date: usize,
    pub(super) first_to_date: Option<u32>,
    /// First row after the as-of day, for the remark.
    pub(super) first_after: Option<u32>,
    pub(super) scales: Vec<u8>,
    /// Rows outside every assignment, per person.
    pub(super) outside: BTreeMap<u32, (u32, usize)>,
    pub(super) undated_rows: BTreeMap<u32, u32>,
}

pub(super) fn post_chunk(
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
        let last_day = last.min(as_of);
        let week = week_of(first, calendar.week_start);
        let is_of_a_week = last - first < DAYS_OF_A_WEEK && week == week_of(last_day, calendar.week_start);
        for (position, (key, _)) in parts.iter().enumerate() {
            let mut group = key.map(|key| posted.groups.at(key));
            let day_key =
                |key: GroupKey, day: i32| DayKey { person, stint: key.stint, team, region, day, month: key.month };
            let week_key = key.filter(|_| is_of_a_week).map(|key| day_key(key, week));
            let mut of_week = week_key.map(|key| posted.weeks.at(key));
            let mut customer =
                key.filter(|_| customer > 0).map(|key| posted.customers.at((customer, key.month, key.is_rest)));
            for (index, value) in values.clone().enumerate() {
                match value {
                    FixedReading::Known(units) => {
                        let units = match divided.get(index) {
                            Some(split) => split[position].units(posted.scales[index]).unwrap_or(0),
                            None => i128::from(units) * share * finer[index],
                        };
                        for sums in [&mut customer, &mut of_week].into_iter().flatten() {
                            sums[index].add(units, row);
                        }
                        match &mut group {
                            Some(group) => group[index].add(units, row),
                            // The days of a week that lie after the as-of day do not count yet.
                            None => posted.after[index] += units,
                        }
                        if let Some(key) = key {
                            let (units, scale) = (Some(units), posted.scales[index]);
                            see(Seen { row, measure: index, key: SeenKey::Month(*key), units, scale });
                            if let Some(key) = week_key {
                                see(Seen { row, measure: index, key: SeenKey::Week(key), units, scale });
                            }
                        }
                    }
                    // It stands in one cell: it is missing from one month.
                    FixedReading::Unreadable if position == 0 => {
                        if let Some(key) = key {
                            let (units, scale) = (None, posted.scales[index]);
                            see(Seen { row, measure: index, key: SeenKey::Month(*key), units, scale });
                            if let Some(key) = week_key {
                                see(Seen { row, measure: index, key: SeenKey::Week(key), units, scale });
                            }
                        }
                        for sums in [&mut group, &mut customer, &mut of_week].into_iter().flatten() {
                            sums[index].n_unreadable += 1;
                        }
                    }
                    FixedReading::Unreadable | FixedReading::Blank => {}
                }
            }
        }
        if !is_of_a_week {
            let known = posted.coarser_than_weeks.get_or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
        if has_levels && let Some((Some(key), _)) = parts.iter().rev().find(|(key, _)| key.is_some()) {
            let key = DayKey { person, stint: key.stint, team, region, day: last_day, month: key.month };
            add_whole(row, posted.levels.at(key), values.clone(), &|index| share * finer[index]);
            see_whole(row, SeenKey::Level(key), values.clone(), &|index| share * finer[index], &posted.scales, see);
        }
    }
    posted
}

/// A reading as it is posted, for whoever wants to know which rows make up a figure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) row: usize,
    pub(super) measure: usize,
    pub(super) key: SeenKey,
    /// Of the person's share, at `scale`; nothing where the cell could not be read.
    pub(super) units: Option<i128>,
    pub(super) scale: u8,
}

/// Under what a reading is posted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum SeenKey {
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

/// The month of a day, and whether it is the rest of a month whose earlier days are compared to date.
struct MonthFinder<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) as_of: NaiveDate,
    /// Days of months that are made of weeks: looked up once each.
    pub(super) known: FxHashMap<NaiveDate, (MonthNumber, bool)>,
}

impl MonthFinder<'_> {
    pub(super) fn of(&mut self, day: NaiveDate) -> (MonthNumber, bool) {
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
