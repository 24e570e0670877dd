//! Checks across files: what no single row can show. Figures are named, never changed.
//!
//! Every check would rather miss something than say something untrue: what it says is
//! read by the person who owns the file.

mod gaps;
mod magnitude;
mod names;
mod repeats;

use std::collections::BTreeMap;

use crate::measure::Amount;
use crate::metric::{Metric, Metrics, Unit as MetricUnit};
use crate::period::{Calendar, Scope};
use crate::problem::Problem;
use crate::tables::actuals::{Chunk, FixedReading};
use crate::tables::funnel::FunnelRow;
use crate::tables::targets::{TargetRow, UnitNames};
use crate::tables::team::TeamRow;

use super::planned::unit_led_by;
use super::{JoinRules, Ledger, ManagerTarget, Plans, Unit, Units, smart};

/// What was read, and what it was joined to.
pub struct Joined<'a> {
    pub team: &'a [TeamRow],
    pub targets: &'a [TargetRow],
    pub funnel: &'a [FunnelRow],
    pub chunks: &'a [Chunk],
    pub units: &'a Units,
    pub ledger: &'a Ledger,
    pub plans: &'a Plans,
    pub metrics: &'a Metrics,
    pub calendar: &'a Calendar,
    pub scope: Scope,
    /// The seats of each person.
    pub seats: Vec<Vec<u32>>,
    /// Target rows with the units they were joined to.
    pub goals: Vec<Goal<'a>>,
}

/// A target row joined to its metric and unit.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    pub row: &'a TargetRow,
    pub metric: usize,
    pub unit: Unit,
}

/// Joins target rows to units once more, now that all units are known: nobody is noted twice.
pub fn goals<'a>(rows: &'a [TargetRow], units: &mut Units, metrics: &Metrics, rules: JoinRules) -> Vec<Goal<'a>> {
    let mut known: BTreeMap<&UnitNames, Unit> = BTreeMap::new();
    let mut goals = Vec::new();
    for row in rows {
        let Some(metric) = metrics.position(&row.metric) else { continue };
        let unit = *known.entry(&row.unit).or_insert_with(|| {
            let unit = units.resolve(&row.unit, &row.unit_at, &mut Vec::new());
            match unit {
                Unit::Person(person) if rules.manager_target == ManagerTarget::Team => {
                    unit_led_by(person, units).unwrap_or(unit)
                }
                unit => unit,
            }
        });
        // Whoever is not known has a problem of their own.
        if unit == Unit::Company || units.name(unit).is_some() {
            goals.push(Goal { row, metric, unit });
        }
    }
    goals
}

/// The seats of each person.
pub fn seats_by_person(units: &Units) -> Vec<Vec<u32>> {
    let mut seats = vec![Vec::new(); units.people_ids().count()];
    for (seat, index) in units.seats().iter().zip(0u32..) {
        seats[seat.person as usize].push(index);
    }
    seats
}

/// All checks, in a fixed order.
pub fn find(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let off = magnitude::find(joined, problems);
    repeats::find(joined, problems);
    names::find(joined, problems);
    gaps::find(joined, problems);
    smart::find(joined, &off, problems);
}

impl Joined<'_> {
    /// The seats whose credit makes up a unit.
    pub fn seats_of(&self, unit: Unit) -> Vec<u32> {
        match unit {
            Unit::Person(person) => self.seats[person as usize].clone(),
            unit => self.units.seats_of(unit),
        }
    }

    /// A unit's name; the company has none.
    pub fn name(&self, unit: Unit) -> String {
        self.units.name(unit).unwrap_or("").to_string()
    }
}

/// A figure as a message shows it.
pub fn shown(metric: &Metric, amount: Amount) -> String {
    let decimals = if metric.unit == MetricUnit::Money { 2 } else { metric.decimals };
    let text = amount.grouped(decimals);
    text.strip_suffix(".00").map_or(text.clone(), str::to_string)
}

/// What the rows of a sheet add up to in its first measure: the amount at stake.
fn sum(chunk: &Chunk, rows: impl Iterator<Item = usize>) -> Option<Amount> {
    let (_, _, column) = chunk.measures.first()?;
    let units = rows.map(|row| match column.get(row) {
        FixedReading::Known(units) => i128::from(units),
        _ => 0,
    });
    Some(Amount::from_units(units.sum(), column.scale()))
}
