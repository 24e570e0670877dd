//! Budget lines (预算): an item, an amount, and when it is to be used; long, or with periods across.

use crate::cell::CellRef;
use crate::measure::{Amount, Reading};
use crate::metric::{Scenario, Unit};
use crate::period::Period;
use crate::period::cycle::{Cycle, NoPhase, Phase, Rhythm};
use crate::period::parse::{Context, Written};
use crate::problem::Kind;
use crate::text;

use super::mapping::{Mapping, Role};
use super::row::RowReader;
use super::vocabulary::normalise;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

/// A budget is recognised by an item and an amount that says what it is, or periods across.
pub const SPEC: TableSpec = TableSpec {
    key: "budget",
    columns: &[
        ColumnSpec { key: "item", holds: Holds::Text, required: true },
        ColumnSpec { key: "budget_amount", holds: Holds::Number, required: true },
        ColumnSpec { key: "cycle", holds: Holds::Text, required: false },
        ColumnSpec { key: "period", holds: Holds::Period, required: false },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "basis", holds: Holds::Text, required: false },
        ColumnSpec { key: "scenario", holds: Holds::Text, required: false },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
        ColumnSpec { key: "department", holds: Holds::Text, required: false },
        ColumnSpec { key: "section", holds: Holds::Text, required: false },
        ColumnSpec { key: "adjustment", holds: Holds::Number, required: false },
        ColumnSpec { key: "adjusted_budget", holds: Holds::Number, required: false },
        ColumnSpec { key: "committed_amount", holds: Holds::Number, required: false },
        ColumnSpec { key: "actual_amount", holds: Holds::Number, required: false },
        ColumnSpec { key: "latest_estimate", holds: Holds::Number, required: false },
        ColumnSpec { key: "prior_year_amount", holds: Holds::Number, required: false },
    ],
    open: Open::Periods,
};

/// What the amount of a line is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Basis {
    /// All that its cycle brings together.
    Total,
    /// Each time that its cycle comes round.
    PerOccurrence,
}

/// The columns of amounts that a budget may have beside the budgeted one.
pub const AMOUNTS: [&str; 6] =
    ["adjustment", "adjusted_budget", "committed_amount", "actual_amount", "latest_estimate", "prior_year_amount"];

/// The column that a figure of a scenario is, where it stands beside the budget for the same time.
pub fn field_of(scenario: Scenario) -> Option<&'static str> {
    match scenario {
        Scenario::Actual => Some("actual_amount"),
        Scenario::Forecast => Some("latest_estimate"),
        Scenario::PriorYear => Some("prior_year_amount"),
        Scenario::Budget => Some("budget_amount"),
        Scenario::Plan => None,
    }
}

/// What else a budget's row states, money in full units, for the whole of its cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// Added to the budget by an approved change; cuts are negative.
    pub adjustment: Reading,
    pub committed: Reading,
    /// Up to the day the file was made.
    pub actual: Reading,
    /// What is expected of the whole cycle by now.
    pub latest_estimate: Reading,
    pub prior_year: Reading,
}

impl Beside {
    fn read(row: &mut RowReader<'_>, budget: Reading) -> Self {
        let [adjustment, adjusted, committed, actual, latest_estimate, prior_year] =
            AMOUNTS.map(|field| row.reading_of(field, Unit::Money));
        let adjustment = change(row, budget, adjustment, adjusted);
        Beside { adjustment, committed, actual, latest_estimate, prior_year }
    }

    /// The same with the figure of a scenario.
    fn with(mut self, scenario: Scenario, amount: Reading) -> Self {
        match scenario {
            Scenario::Actual => self.actual = amount,
            Scenario::Forecast => self.latest_estimate = amount,
            Scenario::PriorYear => self.prior_year = amount,
            Scenario::Budget | Scenario::Plan => {}
        }
        self
    }
}

/// The approved change of a budget: as it is stated, or the difference between the adjusted budget and the first.
/// Where all three stand in a row and do not agree, that is said.
fn change(row: &mut RowReader<'_>, budget: Reading, adjustment: Reading, adjusted: Reading) -> Reading {
    let (Reading::Known(adjusted), Reading::Known(budget)) = (adjusted, budget) else { return adjustment };
    match adjustment {
        Reading::Blank => Reading::Known(adjusted - budget),
        Reading::Known(stated) if budget + stated != adjusted => {
            let item = row.text("item").unwrap_or_default();
            row.note(&["adjusted_budget"], Kind::AdjustedDiffers { item, adjusted, sum: budget + stated });
            adjustment
        }
        _ => adjustment,
    }
}

/// One budgeted amount, or what stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetRow {
    /// The cell of the amount.
    pub at: CellRef,
    /// What the money is for; nothing where the cell is blank.
    pub item: Option<String>,
    pub department: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The group of items that it stands in, such as income or expenses.
    pub section: Option<String>,
    /// Money, in full units; blank where only other figures of the line are stated.
    pub amount: Reading,
    pub beside: Beside,
    /// Which estimate it is, of several: 2 for LE2, 0 where its name has no number.
    pub round: u16,
    /// What the estimate is called.
    pub estimate: Option<String>,
    /// When it is used, as it is written.
    pub cycle: Option<String>,
    /// Whether nothing says so, and it was spread over a year.
    pub is_cycle_assumed: bool,
    pub basis: Basis,
    /// Whether it makes a difference, and nothing says which it is.
    pub is_basis_assumed: bool,
    /// How the amount falls on the months, where the row has a column for each; nothing leaves it to the settings.
    pub weights: Option<Vec<i64>>,
    /// Nothing when its cycle, period or basis is not understood: the reason stands at its own cell.
    pub phase: Option<Phase>,
}

/// Whether two tables hold the same lines, row by row.
pub fn repeat(some: &[BudgetRow], others: &[BudgetRow]) -> bool {
    let same = |(a, b): (&BudgetRow, &BudgetRow)| BudgetRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row: one amount, or one for each period across, and what stands beside it. `heading` is the line
/// above that heads a group of rows.
pub fn read(
    row: &mut RowReader<'_>,
    mapping: &Mapping,
    heading: Option<&str>,
    knowledge: &Knowledge<'_>,
    rows: &mut Vec<BudgetRow>,
) {
    let amount = row.reading_of("budget_amount", Unit::Money);
    let scenario = row.text("scenario").and_then(|text| knowledge.vocabulary.scenario(&text));
    let scenario = scenario.filter(|scenario| field_of(*scenario).is_some_and(|field| field != "budget_amount"));
    let estimate = match scenario {
        Some(Scenario::Forecast) => row.text("scenario"),
        _ => Some(row.header_of("latest_estimate")).filter(|header| !header.is_empty()),
    };
    let line = BudgetRow {
        at: row.place(&["budget_amount", "item"]),
        item: row.text("item"),
        department: row.text("department"),
        owner: row.text("owner"),
        section: row.text("section").or_else(|| heading.map(str::to_string)),
        amount: Reading::Blank,
        beside: Beside::read(row, amount),
        round: estimate.as_deref().map_or(0, round),
        estimate,
        cycle: None,
        is_cycle_assumed: false,
        basis: Basis::Total,
        is_basis_assumed: false,
        weights: None,
        phase: None,
    };
    let row_year = row.year("year");
    let context = row.context(knowledge.context);
    let mut typed = typed_periods(row, mapping, context.year);
    // A row of another scenario has its figures where the budget's are.
    let (line, amount) = match scenario {
        Some(scenario) => {
            typed.iter_mut().filter(|typed| typed.scenario == Scenario::Budget).for_each(|t| t.scenario = scenario);
            (BudgetRow { beside: line.beside.clone().with(scenario, amount), ..line }, Reading::Blank)
        }
        None => (line, amount),
    };
    let is_blank = amount == Reading::Blank;
    let states_nothing = is_blank && line.beside == Beside::default();
    if states_nothing && typed.is_empty() {
        return;
    }
    if line.item.is_none() {
        row.blank_key(&["item"]);
    }
    let budgets = typed.iter().filter(|typed| typed.scenario == Scenario::Budget && typed.phase.is_some());
    let by_months = match (amount, budgets.clone().next()) {
        (Reading::Known(whole), Some(_)) => weights(&budgets.collect::<Vec<_>>(), whole),
        _ => None,
    };
    let has_budgets = typed.iter().any(|typed| typed.scenario == Scenario::Budget);
    let is_own = |typed: &&Typed| typed.scenario != Scenario::Budget || by_months.is_none();
    rows.extend(typed.iter().filter(is_own).map(|typed| typed.row(&line, scenario.is_some())));
    if let Some((months, weights)) = by_months {
        let phase = Some(Phase { months, n_occurrences: 1 });
        let cycle = row.text("cycle");
        rows.push(BudgetRow { amount, phase, cycle, weights: Some(weights), ..line });
        return;
    }
    if has_budgets {
        compare_with_months(row, amount, &typed);
        if line.beside != Beside::default() {
            // What the row says once is for all of its periods.
            let budgets = typed.iter().filter(|typed| typed.scenario == Scenario::Budget);
            let months = budgets.filter_map(|typed| typed.phase.as_ref()).flat_map(|phase| phase.months.clone());
            let months: Vec<Period> = months.collect();
            let phase = (!months.is_empty()).then_some(Phase { months, n_occurrences: 1 });
            rows.push(BudgetRow { phase, ..line });
        }
        return;
    }
    if states_nothing {
        return;
    }
    let (phase, is_cycle_assumed) = phase(row, mapping, context, row_year.is_some());
    let is_repeated = phase.as_ref().is_some_and(|phase| phase.n_occurrences > 1);
    let (basis, is_basis_assumed) = basis(row, is_repeated && !is_blank);
    let cycle = row.text("cycle").or_else(|| row.text("period"));
    rows.push(BudgetRow {
        amount,
        cycle,
        is_cycle_assumed,
        phase: phase.filter(|_| basis.is_some()),
        basis: basis.unwrap_or(Basis::Total),
        is_basis_assumed,
        ..line
    });
}

/// The number of an estimate: 2 of `LE2`, `LE2/Q1` and `Estimate 2`; 0 where its name has none. The number of a
/// quarter or month beside it is not its own.
pub fn round(name: &str) -> u16 {
    const ESTIMATES: [&str; 8] = ["le", "fc", "estimate", "forecast", "outlook", "预估", "预测", "估计"];
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|character: char| !character.is_alphanumeric()).collect();
    let is_estimate = |letters: &str| ESTIMATES.iter().any(|word| letters.ends_with(word));
    let numbered = words.iter().find_map(|word| {
        let letters = word.trim_end_matches(|character: char| character.is_ascii_digit());
        if is_estimate(letters) { word[letters.len()..].parse().ok() } else { None }
    });
    let apart = match words[..] {
        [word, number] if is_estimate(word) => number.parse().ok().filter(|number| *number < 100),
        _ => None,
    };
    numbered.or(apart).unwrap_or(0)
}

/// A figure under a period.
struct Typed {
    at: CellRef,
    header: String,
    scenario: Scenario,
    amount: Reading,
    /// The power of ten by which it was multiplied.
    power: i16,
    phase: Option<Phase>,
}

impl Typed {
    /// The figure as a row of its line. What is an estimate is called by its row's scenario, or by its header.
    fn row(&self, line: &BudgetRow, has_scenario: bool) -> BudgetRow {
        let (amount, beside) = match self.scenario {
            Scenario::Budget => (self.amount, Beside::default()),
            scenario => (Reading::Blank, Beside::default().with(scenario, self.amount)),
        };
        let is_named_above = self.scenario == Scenario::Forecast && !has_scenario;
        let estimate = if is_named_above { Some(self.header.clone()) } else { line.estimate.clone() };
        BudgetRow {
            at: self.at.clone(),
            amount,
            beside,
            phase: self.phase.clone(),
            round: estimate.as_deref().map_or(0, round),
            estimate,
            ..line.clone()
        }
    }
}

/// The figures under periods that are filled in.
fn typed_periods(row: &mut RowReader<'_>, mapping: &Mapping, year: Option<i32>) -> Vec<Typed> {
    let across = mapping.columns.iter().enumerate().filter_map(|(slot, column)| {
        let (scenario, written) = match column.role {
            Role::Figure { period: Some(written), .. } => (Scenario::Budget, written),
            Role::Beside { scenario, period: Some(written), .. } => (scenario, written),
            _ => return None,
        };
        Some((slot, scenario, written, column.power.unwrap_or(mapping.money_power)))
    });
    let across: Vec<(usize, Scenario, Written, i16)> = across.collect();
    let mut typed = Vec::new();
    for (slot, scenario, written, power) in across {
        let amount = row.reading_in(slot, Some(Unit::Money), None);
        if amount == Reading::Blank {
            continue;
        }
        let header = row.header(slot).to_string();
        let phase = match Cycle::In(written).phase(None, year, &mapping.calendar) {
            Ok(phase) => Some(phase),
            // Where no row could have a year, the header has the problem, once.
            Err(NoPhase::NeedsYear) if !row.has_column("year") => None,
            Err(NoPhase::NeedsYear) => {
                row.note_at(slot, Kind::PeriodNeedsYear { raw: header.clone(), field: header.clone() });
                None
            }
            Err(NoPhase::NoSuchPeriod) => {
                row.note_at(slot, Kind::NotAPeriod { raw: header.clone(), field: header.clone() });
                None
            }
        };
        typed.push(Typed { at: row.place_of(slot), header, scenario, amount, power, phase });
    }
    typed
}

/// Beside an amount for the whole, figures under periods may be shares of it: they add up to 1 or to 100. Then
/// they are its weights, month by month.
fn weights(typed: &[&Typed], whole: Amount) -> Option<(Vec<Period>, Vec<i64>)> {
    let known = typed.iter().map(|typed| match typed.amount {
        Reading::Known(amount) => Some(amount.times_ten_to(-typed.power)),
        _ => None,
    });
    let known: Vec<Amount> = known.collect::<Option<_>>()?;
    let sum: Amount = known.iter().copied().sum();
    let are_shares = (sum == Amount::ONE || sum == Amount::whole(100)) && sum.abs() < whole.abs();
    if !are_shares || known.iter().any(|share| share.is_negative()) {
        return None;
    }
    let (mut months, mut weights) = (Vec::new(), Vec::new());
    for (typed, share) in typed.iter().zip(known) {
        let own = &typed.phase.as_ref()?.months;
        // Months of a quarter share its weight: twelve is divided by any number of months of a period.
        let share = share.rounded(SHARE_DECIMALS).units(SHARE_DECIMALS)?;
        let weight = i64::try_from(share).ok()? * 12 / i64::try_from(own.len()).ok()?;
        months.extend(own.iter().copied());
        weights.extend(own.iter().map(|_| weight));
    }
    Some((months, weights))
}

/// Decimals of a share of the whole.
const SHARE_DECIMALS: u8 = 6;

/// An amount for the whole beside amounts by period is compared with their sum, never added.
fn compare_with_months(row: &mut RowReader<'_>, whole: Reading, typed: &[Typed]) {
    let Reading::Known(whole) = whole else { return };
    let budgets = typed.iter().filter(|typed| typed.scenario == Scenario::Budget);
    let known = budgets.map(|typed| match typed.amount {
        Reading::Known(amount) => Some(amount),
        _ => None,
    });
    let Some(known) = known.collect::<Option<Vec<Amount>>>() else { return };
    let sum: Amount = known.into_iter().sum();
    if sum != whole {
        let item = row.text("item").unwrap_or_default();
        row.note(&["budget_amount"], Kind::BudgetPartsDiffer { item, whole, parts: sum });
    }
}

/// The months that the row's cycle and period name together, and whether that had to be assumed.
fn phase(row: &mut RowReader<'_>, mapping: &Mapping, context: Context, row_has_year: bool) -> (Option<Phase>, bool) {
    let year = context.year;
    let mut is_assumed = false;
    let period: Option<Period> = match row.text("period") {
        Some(_) => match row.period(&["period"], context) {
            Some(period) => Some(period),
            None => return (None, false),
        },
        None => mapping.period.filter(|_| !row_has_year),
    };
    let (field, raw, cycle) = match row.text("cycle") {
        Some(raw) => {
            let field = row.header_of("cycle");
            let Some(cycle) = Cycle::read(&raw) else {
                row.note(&["cycle"], Kind::UnknownCycle { field, raw });
                return (None, false);
            };
            (field, raw, cycle)
        }
        // Spread over its period; over the year where it names no period, and says so.
        None => {
            let (field, raw) = (row.header_of("item"), row.text("item").unwrap_or_default());
            if period.is_none()
                && !row_has_year
                && let Some(year) = year
            {
                let item = raw.clone();
                is_assumed = true;
                row.note(&["budget_amount"], Kind::CycleNotStated { item, year });
            }
            (field, raw, Cycle::Every(Rhythm::Year))
        }
    };
    match cycle.phase(period, year, &mapping.calendar) {
        Ok(phase) => (Some(phase), is_assumed),
        Err(reason) => {
            let kind = match reason {
                NoPhase::NeedsYear => Kind::PeriodNeedsYear { field, raw },
                NoPhase::NoSuchPeriod => Kind::NotAPeriod { field, raw },
            };
            row.note(&["cycle", "period", "item"], kind);
            (None, false)
        }
    }
}

/// The basis that the row states, and whether it had to be assumed: where it makes a difference and nothing is
/// stated it is the total, and that is said.
fn basis(row: &mut RowReader<'_>, is_repeated: bool) -> (Option<Basis>, bool) {
    let Some(raw) = row.text("basis") else {
        if is_repeated {
            let raw = row.text("cycle").unwrap_or_default();
            row.note(&["cycle"], Kind::BasisNotStated { cycle: raw });
        }
        return (Some(Basis::Total), is_repeated);
    };
    let name = normalise(&raw);
    let is_one_of = |key: &str| text::wordings(key).into_iter().any(|word| normalise(word) == name);
    if is_one_of("basis.total") {
        return (Some(Basis::Total), false);
    }
    if is_one_of("basis.per_occurrence") {
        return (Some(Basis::PerOccurrence), false);
    }
    let field = row.header_of("basis");
    row.note(&["basis"], Kind::UnknownBasis { field, raw });
    (None, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_have_numbers_and_their_periods_do_not_count() {
        for (name, expected) in [
            ("LE1", 1),
            ("LE2", 2),
            ("Jan LE3", 3),
            ("LE2/Q1", 2),
            ("LE/Q4", 0),
            ("Latest estimate", 0),
            ("Estimate 2", 2),
            ("LE/2026-03", 0),
            ("最新预估2", 2),
            ("3月滚动预测", 0),
            ("", 0),
        ] {
            assert_eq!(round(name), expected, "{name}");
        }
    }
}
