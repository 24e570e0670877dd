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
use super::readers::Narrowing;
use super::roster::key;

/// Decimals to which budgets and spending are divided over months.
const CENTS: u8 = 2;

/// How a budget falls on the months of its cycle, where it says no more.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Phasing {
    #[default]
    Equal,
    WorkDays,
    /// All in the first month of each time that the cycle comes round.
    CycleStart,
    /// The weights of January to December.
    Weights([i64; 12]),
}

impl Phasing {
    /// The weight of a month that is the `index`th of its cycle.
    fn weight(&self, month: Period, index: usize, calendar: &Calendar) -> i64 {
        match self {
            Phasing::Equal => 1,
            Phasing::WorkDays => calendar.work_days.count(calendar.span(month)),
            Phasing::CycleStart => i64::from(index == 0),
            Phasing::Weights(weights) => {
                let index = (month.index as usize).checked_sub(1);
                index.and_then(|index| weights.get(index)).copied().unwrap_or(0)
            }
        }
    }
}

/// What a budget's own file states beside the budgeted amount.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Figure {
    Actual,
    Committed,
    LatestEstimate,
    PriorYear,
}

/// A stated figure, of all its months together: it is not divided over them.
#[derive(Clone, Debug)]
struct Stated {
    figure: Figure,
    months: Vec<Period>,
    value: Tally,
    at: CellRef,
    /// Of an estimate: which one it is, and what it is called.
    round: u16,
    name: Option<String>,
}

/// What was budgeted, promised and spent for one item of one department.
#[derive(Clone, Debug, Default)]
pub struct BudgetLine {
    /// The first row that names it.
    pub at: CellRef,
    pub item: Option<String>,
    pub department: Option<String>,
    pub owner: Option<String>,
    pub section: Option<String>,
    /// Whether it is money that comes in: more is better.
    pub is_income: bool,
    /// When it is used, as it is written; each way once.
    pub cycles: Vec<String>,
    /// Whether nothing says when it is used, and whether nothing says that an amount of a cycle is its total.
    pub is_cycle_assumed: bool,
    pub is_basis_assumed: bool,
    /// By calendar month.
    pub budget: BTreeMap<Period, Tally>,
    /// Approved changes of the budget.
    pub adjustment: BTreeMap<Period, Tally>,
    pub committed: BTreeMap<Period, Tally>,
    /// Spent, up to the as-of day.
    pub actual: BTreeMap<Period, Tally>,
    /// Amounts spent whose date could not be read: they are missing from some month.
    pub n_undated: u32,
    stated: Vec<Stated>,
}

/// Where the budget went: `read + repeated = planned + unplaced`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BudgetControl {
    pub read: Counted,
    /// What amounts per occurrence come to beyond the one that is written.
    pub repeated: Amount,
    /// Spread over months.
    pub planned: Amount,
    /// Changes of the budget, spread as it is.
    pub adjusted: Amount,
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
    /// For each line, the first line of its department; nothing for a line without one.
    departments: Vec<Option<usize>>,
    /// Months in which anything at all was spent.
    covered: BTreeSet<Period>,
    pub budget_control: BudgetControl,
    pub spend_control: SpendControl,
}

impl Budgets {
    /// The lines that a reader sees: those of their own people, and those of a department that is their unit or one
    /// below it. An owner who is somebody else is not named.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>) -> Budgets {
        let mut budgets = Budgets { covered: self.covered.clone(), ..Budgets::default() };
        let mut departments: BTreeMap<usize, usize> = BTreeMap::new();
        for (line, department) in self.lines.iter().zip(&self.departments) {
            let is_owner = to.has_person(line.owner.as_deref());
            if !is_owner && !to.has_unit(line.department.as_deref()) {
                continue;
            }
            let first = department.map(|first| *departments.entry(first).or_insert(budgets.lines.len()));
            budgets.departments.push(first);
            let owner = line.owner.clone().filter(|_| is_owner);
            budgets.lines.push(BudgetLine { owner, ..line.clone() });
        }
        budgets
    }

    /// The sum of all that budgets' files state of a figure.
    pub fn sum_stated(&self, figure: Figure) -> Amount {
        let stated = self.lines.iter().flat_map(|line| &line.stated).filter(|stated| stated.figure == figure);
        stated.filter_map(|stated| stated.value.value()).sum()
    }

    /// The days of all months with anything in them.
    pub fn span(&self, calendar: &Calendar) -> Option<Span> {
        let months = self.lines.iter().flat_map(BudgetLine::months);
        let (first, last) = (months.clone().min()?, months.max()?);
        Some(Span { first: calendar.span(first).first, last: calendar.span(last).last })
    }

    /// The first line of a line's department; nothing for a line without one.
    pub fn department(&self, position: usize) -> Option<usize> {
        self.departments.get(position).copied().flatten()
    }

    /// What was spent on a line in months, by the spending that was read, or else by what the budget's file
    /// states: zero where others spent and it did not, nothing where nobody spent anything or where amounts
    /// without a date may be its own.
    pub fn actual(&self, line: &BudgetLine, months: &[Period]) -> Tally {
        if line.actual.is_empty() && line.n_undated == 0 && line.states(Figure::Actual) {
            return line.stated(Figure::Actual, months);
        }
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
        let by_month = [&self.budget, &self.adjustment, &self.committed, &self.actual];
        let stated = self.stated.iter().flat_map(|stated| stated.months.iter().copied());
        by_month.into_iter().flat_map(|by_month| by_month.keys().copied()).chain(stated)
    }

    fn states(&self, figure: Figure) -> bool {
        self.stated.iter().any(|stated| stated.figure == figure)
    }

    /// A stated figure of some months: nothing where one is stated for a longer time only, for it is not divided.
    pub fn stated(&self, figure: Figure, months: &[Period]) -> Tally {
        let mut sum = Tally::NOTHING;
        for stated in self.stated.iter().filter(|stated| stated.figure == figure) {
            let n_within = stated.months.iter().filter(|month| months.contains(month)).count();
            if n_within == stated.months.len() {
                sum += stated.value;
            } else if n_within > 0 {
                return Tally::NOTHING;
            }
        }
        sum
    }

    /// What is promised in some months, by the spending that was read, or else by what the budget's file states.
    pub fn committed(&self, months: &[Period]) -> Tally {
        if self.committed.is_empty() {
            return self.stated(Figure::Committed, months);
        }
        months.iter().filter_map(|month| self.committed.get(month)).copied().sum()
    }

    /// What was spent in the same months a year before, by the budget's file or by the spending that was read.
    pub fn prior_year(&self, months: &[Period], calendar: &Calendar) -> Tally {
        if self.states(Figure::PriorYear) {
            return self.stated(Figure::PriorYear, months);
        }
        let before = months.iter().map(|month| calendar.year_before(*month));
        before.filter_map(|month| self.actual.get(&month)).copied().sum()
    }

    /// Spreads an amount over months by their weights, to the cent.
    fn spread(by_month: &mut BTreeMap<Period, Tally>, amount: Amount, months: &[Period], weights: &[i64]) {
        for (month, part) in months.iter().zip(amount.split(weights, CENTS)) {
            *by_month.entry(*month).or_default() += Tally::known(part);
        }
    }

    /// Keeps what a row states beside its budget. Returns whether it left out an actual of days that have not come.
    fn state(&mut self, row: &BudgetRow, months: &[Period], scope: Scope, calendar: &Calendar) -> bool {
        let beside = &row.beside;
        let figures = [
            (Figure::Actual, beside.actual),
            (Figure::Committed, beside.committed),
            (Figure::LatestEstimate, beside.latest_estimate),
            (Figure::PriorYear, beside.prior_year),
        ];
        let has_begun = months.first().is_none_or(|month| calendar.span(*month).first <= scope.as_of);
        let mut is_after = false;
        for (figure, reading) in figures {
            if figure == Figure::Actual && !has_begun {
                // A zero that is written ahead says nothing.
                is_after = matches!(reading, Reading::Known(amount) if !amount.is_zero());
                continue;
            }
            if reading == Reading::Blank {
                continue;
            }
            let (months, value, at) = (months.to_vec(), Tally::from(reading), row.at.clone());
            let (round, name) = (row.round, row.estimate.clone());
            self.stated.push(Stated { figure, months, value, at, round, name });
        }
        is_after
    }
}

/// Whether a group of items is money that comes in: Income, 营业收入.
fn is_income(section: &str) -> bool {
    let name = key(section);
    crate::text::wordings("word.income").into_iter().map(key).any(|word| name == word || name.ends_with(&word))
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

    fn of(&mut self, item: Option<&str>, department: Option<&str>, at: &CellRef) -> usize {
        let next = self.lines.len();
        let lines = &mut self.lines;
        *self.positions.entry(Lines::keys(item, department)).or_insert_with(|| {
            let (item, department) = (item.map(str::to_string), department.map(str::to_string));
            lines.push(BudgetLine { at: at.clone(), item, department, ..BudgetLine::default() });
            next
        })
    }

    /// The line that spending belongs to. Where only one of the two names a department and the item has
    /// one budget, that is the one.
    fn of_spend(&mut self, item: Option<&str>, department: Option<&str>, at: &CellRef) -> usize {
        let keys = Lines::keys(item, department);
        if !self.positions.contains_key(&keys)
            && let Some([only]) = self.by_item.get(&keys.0).map(Vec::as_slice)
            && (department.is_none() || self.lines[*only].department.is_none())
        {
            return *only;
        }
        self.of(item, department, at)
    }
}

/// Spreads the budget over months and joins the spending to it.
pub fn post(
    budget: &[BudgetRow],
    spend: &[SpendRow],
    calendar: &Calendar,
    scope: Scope,
    phasing: Phasing,
    problems: &mut Vec<Problem>,
) -> Budgets {
    let mut budgets = Budgets::default();
    let mut lines = Lines::default();
    let mut after: Vec<(&CellRef, usize)> = Vec::new();
    for row in budget {
        if row.amount != Reading::Blank {
            budgets.budget_control.read.add(row.amount);
        }
        let Some(phase) = &row.phase else {
            if row.amount != Reading::Blank {
                budgets.budget_control.unplaced.add(row.amount);
            }
            continue;
        };
        let position = lines.of(row.item.as_deref(), row.department.as_deref(), &row.at);
        let line = &mut lines.lines[position];
        line.owner = line.owner.take().or_else(|| row.owner.clone());
        line.section = line.section.take().or_else(|| row.section.clone());
        line.is_income = line.section.as_deref().is_some_and(is_income);
        line.is_cycle_assumed |= row.is_cycle_assumed;
        line.is_basis_assumed |= row.is_basis_assumed;
        line.cycles.extend(row.cycle.iter().filter(|cycle| !line.cycles.contains(*cycle)).cloned().collect::<Vec<_>>());
        if line.state(row, &phase.months, scope, calendar) {
            note_after(&mut after, &row.at);
        }
        let item = lines.by_item.entry(row.item.as_deref().map(key).unwrap_or_default()).or_default();
        if !item.contains(&position) {
            item.push(position);
        }
        let n_in_cycle = (phase.months.len() / phase.n_occurrences.max(1)).max(1);
        let by_phasing =
            || phase.months.iter().enumerate().map(|(at, month)| phasing.weight(*month, at % n_in_cycle, calendar));
        let weights: Vec<i64> = row.weights.clone().unwrap_or_else(|| by_phasing().collect());
        match row.beside.adjustment {
            Reading::Known(amount) => {
                BudgetLine::spread(&mut line.adjustment, amount, &phase.months, &weights);
                budgets.budget_control.adjusted += amount;
            }
            reading => {
                if let Some(month) = phase.months.first().filter(|_| reading != Reading::Blank) {
                    *line.adjustment.entry(*month).or_default() += Tally::from(reading);
                }
            }
        }
        let Reading::Known(amount) = row.amount else {
            // It stands in one cell: it is missing from one month.
            if let Some(month) = phase.months.first().filter(|_| row.amount != Reading::Blank) {
                *line.budget.entry(*month).or_default() += Tally::from(row.amount);
            }
            continue;
        };
        // Each occurrence is spread over its own months, the total over all of them.
        let n_parts = if row.basis == Basis::PerOccurrence { phase.n_occurrences.max(1) } else { 1 };
        let n_months = (phase.months.len() / n_parts).max(1);
        for (index, (months, weights)) in phase.months.chunks(n_months).zip(weights.chunks(n_months)).enumerate() {
            if index > 0 {
                budgets.budget_control.repeated += amount;
            }
            BudgetLine::spread(&mut line.budget, amount, months, weights);
            budgets.budget_control.planned += amount;
        }
    }
    let n_budgeted = lines.lines.len();
    let mut unbudgeted: BTreeMap<usize, (&CellRef, Tally)> = BTreeMap::new();
    for row in spend {
        let control = &mut budgets.spend_control;
        control.read.add(row.amount);
        let Some(kind) = row.kind else {
            control.unplaced.add(row.amount);
            continue;
        };
        let position = lines.of_spend(row.item.as_deref(), row.department.as_deref(), &row.at);
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
            note_after(&mut after, &row.at);
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
    let mut first: HashMap<String, usize> = HashMap::new();
    let department = |(position, line): (usize, &BudgetLine)| {
        let name = key(line.department.as_deref()?);
        Some(*first.entry(name).or_insert(position))
    };
    budgets.departments = lines.lines.iter().enumerate().map(department).collect();
    budgets.lines = lines.lines;
    keep_latest_estimates(&mut budgets.lines, problems);
    compare_spending(&budgets, problems);
    budgets
}

/// Of several estimates of a line, the latest one counts: LE2 and not LE1. The others are said, once a sheet.
fn keep_latest_estimates(lines: &mut [BudgetLine], problems: &mut Vec<Problem>) {
    let mut said: Vec<(CellRef, Option<String>)> = Vec::new();
    for line in lines {
        let rounds = line.stated.iter().filter(|stated| stated.figure == Figure::LatestEstimate);
        let Some(latest) = rounds.map(|stated| stated.round).max() else { continue };
        line.stated.retain(|stated| {
            let is_kept = stated.figure != Figure::LatestEstimate || stated.round == latest;
            let is_same = |place: &CellRef| place.file == stated.at.file && place.sheet == stated.at.sheet;
            if !is_kept && !said.iter().any(|(place, name)| is_same(place) && *name == stated.name) {
                said.push((stated.at.clone(), stated.name.clone()));
            }
            is_kept
        });
    }
    problems.extend(
        said.into_iter().map(|(at, name)| Problem::new(at, Kind::EarlierEstimate { field: name.unwrap_or_default() })),
    );
}

/// Counts a row of days that have not come, by its sheet.
fn note_after<'a>(after: &mut Vec<(&'a CellRef, usize)>, at: &'a CellRef) {
    match after.last_mut() {
        Some((place, n_rows)) if place.file == at.file && place.sheet == at.sheet => *n_rows += 1,
        _ => after.push((at, 1)),
    }
}

/// Where spending was read and the budget's file states it, too, the two are compared, never added.
fn compare_spending(budgets: &Budgets, problems: &mut Vec<Problem>) {
    for line in &budgets.lines {
        for stated in &line.stated {
            let by_month = match stated.figure {
                Figure::Actual => &line.actual,
                Figure::Committed => &line.committed,
                Figure::LatestEstimate | Figure::PriorYear => continue,
            };
            let spent: Tally = stated.months.iter().filter_map(|month| by_month.get(month)).copied().sum();
            let (Some(value), Some(spent)) = (stated.value.value(), spent.value()) else { continue };
            if value != spent {
                let item = line.item.clone().unwrap_or_default();
                let kind = Kind::StatedSpendDiffers { item, stated: value, spent };
                problems.push(Problem::new(stated.at.clone(), kind).worth(Some(value - spent)));
            }
        }
    }
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
            let position = lines.of(Some(item), department, &CellRef::default());
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
            assert_eq!(lines.of_spend(Some(item), department, &CellRef::default()), expected, "{item} {department:?}");
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
