//! Spending (费用): what was spent or promised, on which day or in which period, for which item.

use crate::cell::CellRef;
use crate::measure::Reading;
use crate::metric::Unit;
use crate::period::Span;
use crate::problem::Kind;
use crate::text;

use super::row::RowReader;
use super::vocabulary::normalise;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

/// Spending is recognised by a date or period, an item, and an amount.
pub const SPEC: TableSpec = TableSpec {
    key: "spend",
    columns: &[
        ColumnSpec { key: "date", holds: Holds::Date, required: true },
        ColumnSpec { key: "period", holds: Holds::Period, required: false },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "item", holds: Holds::Text, required: true },
        ColumnSpec { key: "department", holds: Holds::Text, required: false },
        ColumnSpec { key: "spend_amount", holds: Holds::Number, required: true },
        ColumnSpec { key: "spend_kind", holds: Holds::Text, required: false },
    ],
    open: Open::Nothing,
};

/// Whether money is gone or promised.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpendKind {
    Actual,
    /// Ordered or signed for, not yet paid.
    Committed,
}

/// One amount spent or committed.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendRow {
    /// The cell of the amount.
    pub at: CellRef,
    /// What the money was for, in the words of the budget.
    pub item: Option<String>,
    pub department: Option<String>,
    /// Nothing when the date could not be read.
    pub span: Option<Span>,
    /// Money, in full units.
    pub amount: Reading,
    /// Nothing when a kind is written that is not known.
    pub kind: Option<SpendKind>,
}

/// Whether two tables hold the same amounts, row by row.
pub fn repeat(some: &[SpendRow], others: &[SpendRow]) -> bool {
    let same = |(a, b): (&SpendRow, &SpendRow)| SpendRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row; a row without an amount is left out.
pub fn read(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, rows: &mut Vec<SpendRow>) {
    let amount = row.reading_of("spend_amount", Unit::Money);
    if amount == Reading::Blank {
        return;
    }
    let item = row.text("item");
    if item.is_none() {
        row.blank_key(&["item"]);
    }
    let kind = kind(row);
    rows.push(SpendRow {
        at: row.place(&["spend_amount"]),
        item,
        department: row.text("department"),
        span: row.span(&["date", "period"], knowledge.context),
        amount,
        kind,
    });
}

/// What is not said to be committed was spent.
fn kind(row: &mut RowReader<'_>) -> Option<SpendKind> {
    let Some(raw) = row.text("spend_kind") else { return Some(SpendKind::Actual) };
    let name = normalise(&raw);
    let is_one_of = |key: &str| text::wordings(key).into_iter().any(|word| normalise(word) == name);
    if is_one_of("spend.actual") {
        return Some(SpendKind::Actual);
    }
    if is_one_of("spend.committed") {
        return Some(SpendKind::Committed);
    }
    let field = row.header_of("spend_kind");
    row.note(&["spend_kind"], Kind::UnknownSpendKind { field, raw });
    None
}
