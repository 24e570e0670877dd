//! Stage counts (漏斗): one column per stage, one row per unit and period.

use crate::cell::CellRef;
use crate::measure::Reading;
use crate::period::Span;

use super::header::{Mapping, Role};
use super::row::RowReader;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "funnel",
    columns: &[
        ColumnSpec { key: "period", holds: Holds::Period, required: true },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "date", holds: Holds::Date, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "unit", holds: Holds::Text, required: false },
    ],
    open: Open::Stages,
    is_used: true,
};

/// The stage counts of one unit in one span of days.
#[derive(Clone, Debug)]
pub struct FunnelRow {
    pub at: CellRef,
    pub unit: super::targets::UnitNames,
    pub span: Span,
    /// Stage key, count, and where it stands.
    pub counts: Vec<(String, Reading, CellRef)>,
}

pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<FunnelRow>) {
    let span = row.span(&["period", "date"], knowledge.year);
    let mut counts = Vec::new();
    for (slot, column) in mapping.columns.iter().enumerate() {
        if let Role::Stage(stage) = &column.role {
            let at = row.place_of(slot);
            counts.push((stage.clone(), row.reading(slot), at));
        }
    }
    // Without a period the counts cannot be placed; the problem is already noted at its cell.
    let Some(span) = span else { return };
    rows.push(FunnelRow { at: row.place(&["period", "date"]), unit: super::targets::unit_names(row), span, counts });
}
