//! Actuals posted to seats and months, with control totals that tie.

mod chunk;
mod post;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::measure::{Amount, Tally};
use crate::period::{Calendar, Period, Span};

use super::crossings::{Crossing, Crossings};
use super::readers::Narrowing;

pub(super) use self::post::post;
pub(super) use self::trace::postings;
pub use self::trace::{Posting, Wanted, When};

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
    /// (metric position, seat) → first day of a week, and a month → what was reported up to the as-of day.
    weeks: FxHashMap<(usize, u32), BTreeMap<(NaiveDate, MonthNumber), Tally>>,
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
        self.part_of_week(metric, seats, first_day, |_| true)
    }

    /// The same of the days that count in some months.
    pub fn week_in(&self, metric: usize, seats: &[u32], first_day: NaiveDate, months: &[Period]) -> Tally {
        if self.is_coarser_than(metric, first_day) {
            return Tally::NOTHING;
        }
        self.part_of_week(metric, seats, first_day, |of| months.iter().any(|month| number(*month) == of))
    }

    fn part_of_week(
        &self,
        metric: usize,
        seats: &[u32],
        first_day: NaiveDate,
        counts: impl Fn(MonthNumber) -> bool,
    ) -> Tally {
        let weeks = seats.iter().filter_map(|seat| self.weeks.get(&(metric, *seat)));
        let parts = weeks.flat_map(|weeks| weeks.range((first_day, MonthNumber::MIN)..=(first_day, MonthNumber::MAX)));
        parts.filter(|((_, month), _)| counts(*month)).map(|(_, tally)| *tally).sum()
    }

    /// First days of the weeks in which anything was reported for a metric, in order, without those that rows
    /// of more than a week touch.
    pub fn weeks(&self, metric: usize) -> BTreeSet<NaiveDate> {
        if let Some(weeks) = &self.everybodys_weeks {
            return weeks.get(&metric).cloned().unwrap_or_default();
        }
        let of_metric = self.weeks.iter().filter(|((of, _), _)| *of == metric);
        let weeks: BTreeSet<NaiveDate> = of_metric.flat_map(|(_, weeks)| weeks.keys().map(|(week, _)| *week)).collect();
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

/// Rows of at most these days are divided at the as-of day, whatever else there is: a week is given as a whole.
pub(super) const DAYS_OF_A_WEEK: i32 = 7;
