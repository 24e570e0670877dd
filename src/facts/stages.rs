//! Stage counts joined to units and periods.

use std::collections::BTreeMap;

use chrono::Days;
use rustc_hash::FxHashMap;

use crate::measure::{Reading, Tally};
use crate::period::{Calendar, Period, Scope, Span};
use crate::problem::{Kind, Problem};
use crate::tables::funnel::FunnelRow;

use super::readers::Narrowing;
use super::{Unit, Units};

/// Counts per unit and stage, by the span of days they were given for.
#[derive(Debug, Default)]
pub struct StageCounts {
    /// Keys of the stages that occur, in funnel order.
    pub stages: Vec<String>,
    counts: FxHashMap<Unit, BTreeMap<Span, Vec<Tally>>>,
}

impl StageCounts {
    pub fn span(&self) -> Option<Span> {
        let spans = self.counts.values().flat_map(BTreeMap::keys).copied();
        spans.reduce(|a, b| Span { first: a.first.min(b.first), last: a.last.max(b.last) })
    }

    /// The counts of a reader's units.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>) -> StageCounts {
        let counts = to.units.iter().filter_map(|(whole, here)| Some((*here, self.counts.get(whole)?.clone())));
        StageCounts { stages: self.stages.clone(), counts: counts.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Counts per stage for a unit and period: those given for just that period, else the sum
    /// over its quarters or months, else the unit's weeks and days, else the sum of its members'.
    pub fn reached(&self, units: &Units, calendar: &Calendar, unit: Unit, period: Period) -> Vec<Tally> {
        let days = calendar.span(period);
        let nothing = vec![Tally::NOTHING; self.stages.len()];
        let add = |mut total: Vec<Tally>, counts: &[Tally]| {
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += *count;
            }
            total
        };
        let own = self.counts.get(&unit);
        if let Some(exact) = own.and_then(|own| own.get(&days)) {
            return exact.clone();
        }
        let parts = calendar.parts(period);
        if !parts.is_empty() {
            let sum = |total, part: Period| add(total, &self.reached(units, calendar, unit, part));
            let by_parts = parts.into_iter().fold(nothing.clone(), sum);
            // Nothing finer was given for the unit: its members may have counts for the whole period.
            if !by_parts.iter().all(Tally::is_nothing) {
                return by_parts;
            }
        } else if let Some(own) = own {
            let mut inside = own.iter().filter(|(span, _)| days.contains(home(**span)) && is_short(**span)).peekable();
            if inside.peek().is_some() {
                return inside.fold(nothing, |total, (_, counts)| add(total, counts));
            }
        }
        units
            .children(unit)
            .into_iter()
            .fold(nothing, |total, child| add(total, &self.reached(units, calendar, child, period)))
    }
}

/// The day that decides which month a span belongs to: a week's Thursday, as ISO has it.
fn home(span: Span) -> chrono::NaiveDate {
    let is_week = (span.last - span.first).num_days() == 6;
    if is_week { span.first.checked_add_days(Days::new(3)).unwrap_or(span.first) } else { span.first }
}

/// Whether a span is a week or less: longer ones are periods of their own.
fn is_short(span: Span) -> bool {
    (span.last - span.first).num_days() <= 6
}

/// Joins the rows to units, up to the as-of day.
pub fn post(
    rows: &[FunnelRow],
    stages: &[String],
    units: &mut Units,
    scope: Scope,
    problems: &mut Vec<Problem>,
) -> StageCounts {
    let occurring = |stage: &&String| rows.iter().any(|row| row.counts.iter().any(|(key, _, _)| key == *stage));
    let stages: Vec<String> = stages.iter().filter(occurring).cloned().collect();
    let mut counts: FxHashMap<Unit, BTreeMap<Span, Vec<Tally>>> = FxHashMap::default();
    for row in rows {
        if row.span.first > scope.as_of {
            let kind = Kind::AfterAsOf { n_rows: 1, as_of: scope.as_of.to_string() };
            problems.push(Problem::new(row.at.clone(), kind));
            continue;
        }
        // A person's counts go to their seats by share, in whole numbers.
        let homes: Vec<(Unit, i64)> = match units.resolve(&row.unit, &row.at, problems) {
            Unit::Person(person) => {
                let stint = units.stints(person).iter().find(|stint| stint.span.contains(home(row.span)));
                let parts = stint.map(|stint| stint.parts.clone()).unwrap_or_default();
                let seats = parts.into_iter().map(|(team, region, weight)| (units.seat(person, team, region), weight));
                seats.map(|(seat, weight)| (Unit::Seat(seat), weight)).collect()
            }
            unit => vec![(unit, 1)],
        };
        let weights: Vec<i64> = homes.iter().map(|(_, weight)| *weight).collect();
        let has_any = row.counts.iter().any(|(_, reading, _)| *reading != Reading::Blank);
        for (stage, _, at) in row.counts.iter().filter(|(_, reading, _)| has_any && *reading == Reading::Blank) {
            problems.push(Problem::new(at.clone(), Kind::BlankStage { stage: stage.clone() }));
        }
        let mut before: Option<(&String, crate::measure::Amount)> = None;
        for (position, stage) in stages.iter().enumerate() {
            let Some((_, reading, at)) = row.counts.iter().find(|(key, _, _)| key == stage) else { continue };
            for (index, (unit, _)) in homes.iter().enumerate() {
                let by_span = counts.entry(*unit).or_default();
                let sums = by_span.entry(row.span).or_insert_with(|| vec![Tally::NOTHING; stages.len()]);
                sums[position] += match *reading {
                    Reading::Known(count) => Tally::known(count.split(&weights, 0)[index]),
                    Reading::Unreadable if index > 0 => Tally::NOTHING,
                    reading => Tally::from(reading),
                };
            }
            let Reading::Known(count) = *reading else { continue };
            if let Some((earlier, larger)) = before
                && count > larger
            {
                let kind = Kind::StageLargerThanBefore { stage: stage.clone(), before: earlier.clone() };
                problems.push(Problem::new(at.clone(), kind));
            }
            before = Some((stage, count));
        }
    }
    StageCounts { stages, counts }
}
