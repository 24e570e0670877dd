//! Where figures come from: the rows of actuals and the typed targets behind them. Kept only for whoever asks.

use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::measure::{Amount, Reading};
use crate::period::{Period, Span};
use crate::tables::actuals::{Chunk, FixedReading, UNDATED};
use crate::tables::targets::TargetRow;

use super::ledger::{self, Wanted};
use super::planned::{Answer, Origins, Typed};
use super::{Facts, Unit, Units};

/// A source cell and its part in a figure.
#[derive(Clone, Debug)]
pub struct SourceCell {
    pub at: CellRef,
    /// The days that it is for: of a sale its day or week, of a target the days that count.
    pub days: Option<Span>,
    /// Whom the row names.
    pub person: Option<String>,
    /// What the cell says; nothing where it could not be read.
    pub stated: Option<Amount>,
    /// What of it is in the figure: all, or a share of it. Nothing where it could not be read.
    pub amount: Option<Amount>,
}

/// The tables as they were before they became facts.
#[derive(Debug)]
pub struct Sources {
    /// As they were when the actuals had been posted: posting again finds the same seats.
    pub(super) units: Units,
    pub(super) chunks: Vec<Chunk>,
    pub(super) typed: Typed,
    pub(super) budgeted: Typed,
    /// What each typed cell says.
    pub(super) stated: FxHashMap<CellRef, (Reading, Period)>,
}

/// What every typed cell says.
pub(super) fn stated<'a>(rows: impl Iterator<Item = &'a TargetRow>) -> FxHashMap<CellRef, (Reading, Period)> {
    rows.map(|row| (row.at.clone(), (row.value, row.period))).collect()
}

impl Sources {
    /// The cells of actuals that make up a figure, in input order.
    pub fn actuals(&self, facts: &Facts, wanted: &Wanted<'_>) -> Vec<SourceCell> {
        let mut units = self.units.clone();
        let (calendar, metrics) = (&facts.calendar, &facts.metrics);
        let postings = ledger::postings(&self.chunks, &mut units, metrics, calendar, facts.scope, facts.rules, wanted);
        let cell = |posting: ledger::Posting| {
            let chunk = &self.chunks[posting.chunk];
            let (_, _, readings) = &chunk.measures[posting.measure];
            let stated = match readings.get(posting.row) {
                FixedReading::Known(units) => Some(Amount::from_units(i128::from(units), readings.scale())),
                FixedReading::Blank | FixedReading::Unreadable => None,
            };
            let name = &chunk.people.values[chunk.people.indices[posting.row] as usize];
            SourceCell {
                at: chunk.value_cell(posting.row, posting.measure),
                days: days(chunk, posting.row),
                person: name.name.clone().or_else(|| name.id.clone()),
                stated,
                amount: posting.amount,
            }
        };
        postings.into_iter().map(cell).collect()
    }

    /// How the targets were rolled up.
    pub fn origins<'a>(&'a self, facts: &'a Facts, is_budget: bool) -> Origins<'a> {
        let (typed, plans) = if is_budget { (&self.budgeted, &facts.budgeted) } else { (&self.typed, &facts.plans) };
        Origins::new(typed, plans, (&facts.units, &facts.metrics), &facts.calendar, facts.scope.as_of)
    }

    /// The typed cells that make up a target.
    pub fn targets(
        &self,
        facts: &Facts,
        (metric, unit, period): (usize, Unit, Period),
        answer: Answer,
        is_budget: bool,
    ) -> Vec<SourceCell> {
        let origins = self.origins(facts, is_budget);
        let mut parts = Vec::new();
        origins.cells(metric, unit, period, answer, &mut parts);
        let mut cells: Vec<SourceCell> = Vec::new();
        for part in parts {
            let together = origins.together(unit, &part.at);
            let values: Vec<Option<Amount>> = together.iter().map(|at| self.value_of(at)).collect();
            let amounts = shares(part.amount, &values);
            for ((at, stated), amount) in together.into_iter().zip(values).zip(amounts) {
                // One cell may come in parts: of several months, or of several seats.
                let known = cells.iter_mut().rev().take(KEPT_APART).find(|cell| cell.at == at);
                match known {
                    Some(cell) => {
                        let around = |days: Span| Span {
                            first: days.first.min(part.active.first),
                            last: days.last.max(part.active.last),
                        };
                        cell.days = cell.days.map(around);
                        cell.amount = match (cell.amount, amount) {
                            (Some(a), Some(b)) => Some(a + b),
                            (a, b) => a.or(b),
                        };
                    }
                    None => cells.push(SourceCell { at, days: Some(part.active), person: None, stated, amount }),
                }
            }
        }
        cells
    }

    fn value_of(&self, at: &CellRef) -> Option<Amount> {
        match self.stated.get(at) {
            Some((Reading::Known(value), _)) => Some(*value),
            _ => None,
        }
    }

    /// For which period a target was typed.
    pub fn typed_for(&self, at: &CellRef) -> Option<Period> {
        self.stated.get(at).map(|(_, period)| *period)
    }
}

/// Parts of one cell stand near each other: so many cells are looked back at.
const KEPT_APART: usize = 4096;

/// The days of a row, if it has any.
fn days(chunk: &Chunk, row: usize) -> Option<Span> {
    let day = |number: i32| chrono::NaiveDate::from_num_days_from_ce_opt(number);
    let first = chunk.first_day[row];
    if first == UNDATED { None } else { Some(Span { first: day(first)?, last: day(chunk.last_day[row])? }) }
}

/// What each of several cells has of a part of their sum: in proportion to them, the last what is left.
fn shares(part: Option<Amount>, values: &[Option<Amount>]) -> Vec<Option<Amount>> {
    let Some(part) = part else { return vec![None; values.len()] };
    if values.len() == 1 {
        return vec![Some(part)];
    }
    let sum: Amount = values.iter().copied().flatten().sum();
    if sum == part {
        return values.to_vec();
    }
    let last = values.iter().rposition(Option::is_some);
    let mut left = part;
    let share = |(position, value): (usize, &Option<Amount>)| {
        let value = (*value)?;
        let share =
            if Some(position) == last { left } else { (part * value).ratio_to(sum).unwrap_or(Amount::ZERO).rounded(2) };
        left = left - share;
        Some(share)
    };
    values.iter().enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A week of 70 + 30 of which 40 fall to a month: 28 and 12.
    #[test]
    fn cells_share_a_part_of_their_sum() {
        let amount = |value: i64| Some(Amount::whole(value));
        assert_eq!(shares(amount(40), &[amount(70), amount(30)]), [amount(28), amount(12)]);
        assert_eq!(shares(amount(100), &[amount(70), None, amount(30)]), [amount(70), None, amount(30)]);
        assert_eq!(shares(None, &[amount(70)]), [None]);
    }
}
