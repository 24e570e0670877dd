//! Budget lines (预算): an item, an amount, and when it is to be used; long, or with periods across.

use crate::cell::CellRef;
use crate::measure::Reading;
use crate::metric::Unit;
use crate::period::Period;
use crate::period::cycle::{Cycle, NoPhase, Phase, Rhythm};
use crate::period::parse::Context;
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
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
        ColumnSpec { key: "department", holds: Holds::Text, required: false },
        ColumnSpec { key: "section", holds: Holds::Text, required: false },
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

/// One budgeted amount.
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
    /// Money, in full units.
    pub amount: Reading,
    pub basis: Basis,
    /// Nothing when its cycle, period or basis is not understood: the reason stands at its own cell.
    pub phase: Option<Phase>,
}

/// Whether two tables hold the same lines, row by row.
pub fn repeat(some: &[BudgetRow], others: &[BudgetRow]) -> bool {
    let same = |(a, b): (&BudgetRow, &BudgetRow)| BudgetRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row: one amount, or one for each period across.
pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<BudgetRow>) {
    let line = BudgetRow {
        at: row.place(&["budget_amount", "item"]),
        item: row.text("item"),
        department: row.text("department"),
        owner: row.text("owner"),
        section: row.text("section"),
        amount: Reading::Blank,
        basis: Basis::Total,
        phase: None,
    };
    let row_year = row.year("year");
    let context = row.context(knowledge.context);
    let year = context.year;
    let across: Vec<(usize, crate::period::parse::Written)> = mapping
        .columns
        .iter()
        .enumerate()
        .filter_map(|(slot, column)| match column.role {
            Role::Figure { period: Some(written), .. } => Some((slot, written)),
            _ => None,
        })
        .collect();
    let mut add = |row: &mut RowReader<'_>, amount: Reading, phase: Option<Phase>, basis: Basis, at: CellRef| {
        if line.item.is_none() {
            row.blank_key(&["item"]);
        }
        rows.push(BudgetRow { at, amount, phase, basis, ..line.clone() });
    };
    for (slot, written) in &across {
        let amount = row.reading_in(*slot, Some(Unit::Money), None);
        if amount == Reading::Blank {
            continue;
        }
        let field = row.header(*slot).to_string();
        let phase = match Cycle::In(*written).phase(None, year, &mapping.calendar) {
            Ok(phase) => Some(phase),
            // Where no row could have a year, the header has the problem, once.
            Err(NoPhase::NeedsYear) if !row.has_column("year") => None,
            Err(NoPhase::NeedsYear) => {
                row.note_at(*slot, Kind::PeriodNeedsYear { raw: field.clone(), field });
                None
            }
            Err(NoPhase::NoSuchPeriod) => {
                row.note_at(*slot, Kind::NotAPeriod { raw: field.clone(), field });
                None
            }
        };
        let at = row.place_of(*slot);
        add(row, amount, phase, Basis::Total, at);
    }
    if !across.is_empty() {
        return;
    }
    let amount = row.reading_of("budget_amount", Unit::Money);
    if amount == Reading::Blank {
        return;
    }
    let phase = phase(row, mapping, context, row_year.is_some());
    let is_repeated = phase.as_ref().is_some_and(|phase| phase.n_occurrences > 1);
    let basis = basis(row, is_repeated);
    let at = line.at.clone();
    add(row, amount, phase.filter(|_| basis.is_some()), basis.unwrap_or(Basis::Total), at);
}

/// The months that the row's cycle and period name together.
fn phase(row: &mut RowReader<'_>, mapping: &Mapping, context: Context, row_has_year: bool) -> Option<Phase> {
    let year = context.year;
    let period: Option<Period> = match row.text("period") {
        Some(_) => Some(row.period(&["period"], context)?),
        None => mapping.period.filter(|_| !row_has_year),
    };
    let (field, raw, cycle) = match row.text("cycle") {
        Some(raw) => {
            let field = row.header_of("cycle");
            let Some(cycle) = Cycle::read(&raw) else {
                row.note(&["cycle"], Kind::UnknownCycle { field, raw });
                return None;
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
                row.note(&["budget_amount"], Kind::CycleNotStated { item, year });
            }
            (field, raw, Cycle::Every(Rhythm::Year))
        }
    };
    match cycle.phase(period, year, &mapping.calendar) {
        Ok(phase) => Some(phase),
        Err(reason) => {
            let kind = match reason {
                NoPhase::NeedsYear => Kind::PeriodNeedsYear { field, raw },
                NoPhase::NoSuchPeriod => Kind::NotAPeriod { field, raw },
            };
            row.note(&["cycle", "period", "item"], kind);
            None
        }
    }
}

/// The basis that the row states. Where it makes a difference and nothing is stated it is the total, and that is said.
fn basis(row: &mut RowReader<'_>, is_repeated: bool) -> Option<Basis> {
    let Some(raw) = row.text("basis") else {
        if is_repeated {
            let raw = row.text("cycle").unwrap_or_default();
            row.note(&["cycle"], Kind::BasisNotStated { cycle: raw });
        }
        return Some(Basis::Total);
    };
    let name = normalise(&raw);
    let is_one_of = |key: &str| text::wordings(key).into_iter().any(|word| normalise(word) == name);
    if is_one_of("basis.total") {
        return Some(Basis::Total);
    }
    if is_one_of("basis.per_occurrence") {
        return Some(Basis::PerOccurrence);
    }
    let field = row.header_of("basis");
    row.note(&["basis"], Kind::UnknownBasis { field, raw });
    None
}
