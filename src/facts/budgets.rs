//! Budget lines and spending, joined by item and department, month by month, with control totals that tie.
//!
//! Items and departments compare as names do. Departments are finance's units and owners its people:
//! they are kept as written and not looked up in the sales team table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::measure::{Amount, Reading, Tally};
use crate::period::{Calendar, Kind as PeriodKind, Period, Scope, Span};
use crate::problem::{Kind, Problem};
use crate::tables::budget::{Basis, BudgetRow};
use crate::tables::spend::{SpendKind, SpendRow};

use super::deals::Counted;
use super::roster::key;

/// Decimals to which budgets and spending are divided over months.
const CENTS: u8 = 2;

/// What was budgeted, promised and spent for one item of one department.
#[derive(Clone, Debug, Default)]
pub struct BudgetLine {
    pub item: Option<String>,
    pub department: Option<String>,
    pub owner: Option<String>,
    pub section: Option<String>,
    /// By month.
    pub budget: BTreeMap<Period, Tally>,
    pub committed: BTreeMap<Period, Tally>,
    /// Spent, up to the as-of day.
    pub actual: BTreeMap<Period, Tally>,
    /// Amounts spent whose date could not be read: they are missing from some month.
    pub n_undated: u32,
}

/// Where the budget went: `read + repeated = planned + unplaced`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BudgetControl {
    pub read: Counted,
    /// What amounts per occurrence come to beyond the one that is written.
    pub repeated: Amount,
    /// Spread over months.
    pub planned: Amount,
    /// Lines whose cycle, year or basis is not understood.
    pub unplaced: Counted,
}

impl BudgetControl {
    /// Zero, always.
    pub fn gap(&self) -> Amount {
        self.read.sum() + self.repeated - self.planned - self.unplaced.sum()
    }
}

/// Where the spending went: `read = actual + committed + after_as_of + unplaced`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SpendControl {
    pub read: Counted,
    pub actual: Amount,
    pub committed: Amount,
    /// Spent after the as-of day, so far only planned.
    pub after_as_of: Amount,
    /// Without a readable date, or of a kind that is not known.
    pub unplaced: Counted,
}

impl SpendControl {
    /// Zero, always.
    pub fn gap(&self) -> Amount {
        self.read.sum() - self.actual - self.committed - self.after_as_of - self.unplaced.sum()
    }
}

/// All budget lines in the order in which they are met, budgets first.
#[derive(Debug, Default)]
pub struct Budgets {
    pub lines: Vec<BudgetLine>,
    /// Months in which anything at all was spent.
    covered: BTreeSet<Period>,
    pub budget_control: BudgetControl,
    pub spend_control: SpendControl,
}

impl Budgets {
    /// The days of all months with anything in them.
    pub fn span(&self, calendar: &Calendar) -> Option<Span> {
        let months = self.lines.iter().flat_map(BudgetLine::months);
        let (first, last) = (months.clone().min()?, months.max()?);
        Some(Span { first: calendar.span(first).first, last: calendar.span(last).last })
    }

    /// What was spent on a line in months: zero where others spent and it did not, nothing where
    /// nobody spent anything or where amounts without a date may be its own.
    pub fn actual(&self, line: &BudgetLine, months: &[Period]) -> Tally {
        let spent: Tally = months.iter().filter_map(|month| line.actual.get(month)).copied().sum();
        if !spent.is_nothing() {
            return spent;
        }
        if line.n_undated > 0 {
            return Tally::of(Amount::ZERO, 0, line.n_undated);
        }
        let is_covered = months.iter().any(|month| self.covered.contains(month));
        if is_covered { Tally::known(Amount::ZERO) } else { Tally::NOTHING }
    }
}

impl BudgetLine {
    /// The months in which the line has anything, some more than once.
    pub fn months(&self) -> impl Iterator<Item = Period> + Clone + '_ {
        [&self.budget, &self.committed, &self.actual].into_iter().flat_map(|by_month| by_month.keys().copied())
    }
}

/// Finds lines by item and department.
#[derive(Default)]
struct Lines {
    lines: Vec<BudgetLine>,
    positions: HashMap<(String, String), usize>,
    /// Lines with a budget, by item.
    by_item: HashMap<String, Vec<usize>>,
}

impl Lines {
    fn keys(item: Option<&str>, department: Option<&str>) -> (String, String) {
        (item.map(key).unwrap_or_default(), department.map(key).unwrap_or_default())
    }

    fn of(&mut self, item: Option<&str>, department: Option<&str>) -> usize {
        let next = self.lines.len();
        let lines = &mut self.lines;
        *self.positions.entry(Lines::keys(item, department)).or_insert_with(|| {
            let (item, department) = (item.map(str::to_string), department.map(str::to_string));
            lines.push(BudgetLine { item, department, ..BudgetLine::default() });
            next
        })
    }

    /// The line that spending belongs to. Where only one of the two names a department and the item has
    /// one budget, that is the one.
    fn of_spend(&mut self, item: Option<&str>, department: Option<&str>) -> usize {
        let keys = Lines::keys(item, department);
        if !self.positions.contains_key(&keys)
            && let Some([only]) = self.by_item.get(&keys.0).map(Vec::as_slice)
            && (department.is_none() || self.lines[*only].department.is_none())
        {
            return *only;
        }
        self.of(item, department)
    }
}

/// Spreads the budget over months and joins the spending to it.
pub fn post(
    budget: &[BudgetRow],
    spend: &[SpendRow],
    calendar: &Calendar,
    scope: Scope,
    problems: &mut Vec<Problem>,
) -> Budgets {
    let mut budgets = Budgets::default();
    let mut lines = Lines::default();
    for row in budget {
        budgets.budget_control.read.add(row.amount);
        let Some(phase) = &row.phase else {
            budgets.budget_control.unplaced.add(row.amount);
            continue;
        };
        let position = lines.of(row.item.as_deref(), row.department.as_deref());
        let line = &mut lines.lines[position];
        line.owner = line.owner.take().or_else(|| row.owner.clone());
        line.section = line.section.take().or_else(|| row.section.clone());
        let item = lines.by_item.entry(row.item.as_deref().map(key).unwrap_or_default()).or_default();
        if !item.contains(&position) {
            item.push(position);
        }
        let Reading::Known(amount) = row.amount else {
            // It stands in one cell: it is missing from one month.
            if let Some(month) = phase.months.first() {
                *line.budget.entry(*month).or_default() += Tally::from(row.amount);
            }
            continue;
        };
        // Each occurrence is spread over its own months, the total over all of them.
        let n_parts = if row.basis == Basis::PerOccurrence { phase.n_occurrences.max(1) } else { 1 };
        let n_months = (phase.months.len() / n_parts).max(1);
        for (index, months) in phase.months.chunks(n_months).enumerate() {
            if index > 0 {
                budgets.budget_control.repeated += amount;
            }
            for (month, part) in months.iter().zip(amount.split(&vec![1; months.len()], CENTS)) {
                *line.budget.entry(*month).or_default() += Tally::known(part);
                budgets.budget_control.planned += part;
            }
        }
    }
    let n_budgeted = lines.lines.len();
    let mut unbudgeted: BTreeMap<usize, (&CellRef, Tally)> = BTreeMap::new();
    let mut after: Vec<(&CellRef, usize)> = Vec::new();
    for row in spend {
        let control = &mut budgets.spend_control;
        control.read.add(row.amount);
        let Some(kind) = row.kind else {
            control.unplaced.add(row.amount);
            continue;
        };
        let position = lines.of_spend(row.item.as_deref(), row.department.as_deref());
        let line = &mut lines.lines[position];
        if position >= n_budgeted {
            unbudgeted.entry(position).or_insert((&row.at, Tally::NOTHING)).1 += Tally::from(row.amount);
        }
        let Some(span) = row.span else {
            control.unplaced.add(row.amount);
            line.n_undated += u32::from(kind == SpendKind::Actual);
            continue;
        };
        let days = days_by_month(span, scope.as_of, calendar);
        let weights: Vec<i64> = days.iter().map(|(_, part)| calendar.work_days.count(*part)).collect();
        let parts: Vec<Tally> = match row.amount {
            Reading::Known(amount) => amount.split(&weights, CENTS).into_iter().map(Tally::known).collect(),
            reading => (0..days.len()).map(|i| if i == 0 { reading.into() } else { Tally::NOTHING }).collect(),
        };
        let mut is_after = false;
        for ((month, part), tally) in days.into_iter().zip(parts) {
            let amount = tally.value().unwrap_or(Amount::ZERO);
            match kind {
                // What is promised is known today, for whichever month.
                SpendKind::Committed => {
                    *line.committed.entry(month).or_default() += tally;
                    control.committed += amount;
                }
                SpendKind::Actual if part.first.max(calendar.span(month).first) > scope.as_of => {
                    control.after_as_of += amount;
                    is_after = true;
                }
                SpendKind::Actual => {
                    *line.actual.entry(month).or_default() += tally;
                    control.actual += amount;
                    budgets.covered.insert(month);
                }
            }
        }
        if is_after {
            let is_same = |place: &CellRef| place.file == row.at.file && place.sheet == row.at.sheet;
            match after.last_mut() {
                Some((place, n_rows)) if is_same(place) => *n_rows += 1,
                _ => after.push((&row.at, 1)),
            }
        }
    }
    let as_of = scope.as_of.to_string();
    for (at, n_rows) in after {
        problems.push(Problem::new(at.clone(), Kind::AfterAsOf { n_rows, as_of: as_of.clone() }));
    }
    // Without any budget, spending is just spending.
    for (position, (at, amount)) in unbudgeted.into_iter().filter(|_| n_budgeted > 0) {
        let line = &lines.lines[position];
        let names: Vec<&str> = [&line.item, &line.department].into_iter().flatten().map(String::as_str).collect();
        let kind = Kind::SpendWithoutBudget { item: names.join(" / ") };
        problems.push(Problem::new(at.clone(), kind).worth(amount.value()));
    }
    budgets.lines = lines.lines;
    budgets
}

/// The days of a span month by month, cut after the as-of day. A week may belong to one month as a whole.
fn days_by_month(span: Span, as_of: NaiveDate, calendar: &Calendar) -> Vec<(Period, Span)> {
    let home = calendar.month_of_week(span);
    let mut parts = Vec::new();
    let mut first = span.first;
    while first <= span.last {
        let month = home.unwrap_or_else(|| calendar.containing(PeriodKind::Month, first));
        let month_end = if home.is_none() { Some(calendar.span(month).last) } else { None };
        let cut = Some(as_of).filter(|day| *day >= first);
        let last = [Some(span.last), month_end, cut].into_iter().flatten().min();
        let last = last.unwrap_or(span.last);
        parts.push((month, Span { first, last }));
        match last.succ_opt() {
            Some(next) => first = next,
            None => break,
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn spending_finds_its_only_budget() {
        let mut lines = Lines::default();
        for (item, department) in
            [("Ads", Some("Marketing")), ("Travel", None), ("Cars", Some("A")), ("Cars", Some("B"))]
        {
            let position = lines.of(Some(item), department);
            lines.by_item.entry(key(item)).or_default().push(position);
        }
        for (item, department, expected) in [
            ("ads", Some("marketing"), 0),
            ("Ads", None, 0),
            ("Travel", Some("Sales"), 1),
            // Another department's spending is not Marketing's, and nobody can say whose car it was.
            ("Ads", Some("Sales"), 4),
            ("Cars", None, 5),
            ("Gifts", None, 6),
        ] {
            assert_eq!(lines.of_spend(Some(item), department), expected, "{item} {department:?}");
        }
    }

    #[test]
    fn a_week_is_cut_at_the_month_end_and_after_the_as_of_day() {
        let span = Span { first: day("2026-04-27"), last: day("2026-05-03") };
        let parts = days_by_month(span, day("2026-04-28"), &Calendar::default());
        let shown: Vec<String> = parts.iter().map(|(month, part)| format!("{month} {}", part.last)).collect();
        assert_eq!(shown, ["2026-04 2026-04-28", "2026-04 2026-04-30", "2026-05 2026-05-03"]);
    }
}
