//! What is monitored how often (监控): one row per indicator.

use crate::cell::CellRef;
use crate::period::cadence::{Cadence, Unread};
use crate::problem::Kind;

use super::row::RowReader;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

/// Monitoring is recognised by an indicator and how often it is looked at.
pub const SPEC: TableSpec = TableSpec {
    key: "monitoring",
    columns: &[
        ColumnSpec { key: "indicator", holds: Holds::Text, required: true },
        ColumnSpec { key: "cadence", holds: Holds::Text, required: true },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
    ],
    open: Open::Nothing,
};

/// One indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitoringRow {
    /// The cell of the cadence.
    pub at: CellRef,
    pub indicator: Option<String>,
    /// Key of the metric of that name, if there is one.
    pub metric: Option<String>,
    /// Nothing when it is blank or not understood: the reason stands at its cell.
    pub cadence: Option<Cadence>,
    /// The cadence as it is written.
    pub written: Option<String>,
    pub owner: Option<String>,
}

/// Whether two tables hold the same indicators, row by row.
pub fn repeat(some: &[MonitoringRow], others: &[MonitoringRow]) -> bool {
    let same = |(a, b): (&MonitoringRow, &MonitoringRow)| MonitoringRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row. A row without an indicator and a cadence is a note, and is left out.
pub fn read(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, rows: &mut Vec<MonitoringRow>) {
    let (indicator, written) = (row.text("indicator"), row.text("cadence"));
    if indicator.is_none() && written.is_none() {
        return;
    }
    if indicator.is_none() {
        row.blank_key(&["indicator"]);
    }
    let cadence = match &written {
        Some(raw) => cadence(row, raw),
        None => {
            row.blank_key(&["cadence"]);
            None
        }
    };
    rows.push(MonitoringRow {
        at: row.place(&["cadence", "indicator"]),
        metric: indicator.as_deref().and_then(|name| knowledge.vocabulary.metric(name)),
        indicator,
        cadence,
        written,
        owner: row.text("owner"),
    });
}

/// The cadence that a text names. One that cannot be is taken as that of the month, and said.
fn cadence(row: &mut RowReader<'_>, raw: &str) -> Option<Cadence> {
    let (field, raw) = (row.header_of("cadence"), raw.to_string());
    match Cadence::read(&raw) {
        Ok(cadence) => Some(cadence),
        Err(Unread::Impossible { of_month, every_week }) => {
            row.note(&["cadence"], Kind::ImpossibleCadence { field, raw, of_month, every_week });
            Some(of_month)
        }
        Err(Unread::Unknown) => {
            row.note(&["cadence"], Kind::UnknownCadence { field, raw });
            None
        }
    }
}
