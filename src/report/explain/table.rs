//! Where a figure stands in the tidy tables.

use crate::measure::Amount;
use crate::report::tidy::Field;
use crate::report::{Findings, Look, tidy};

use super::TableRow;

/// Tidy tables of a page.
fn tables_of(page: &str) -> &'static [&'static str] {
    match page {
        "summary" | "attainment" | "person" => &["attainment", "variance"],
        "trend" => &["attainment"],
        "weekly" => &["weekly"],
        "funnel" => &["funnel", "deals", "stages", "stage_flows", "pipeline", "shortfall"],
        "deal_alerts" => &["deal_alerts"],
        "variance" => &["variance", "drivers"],
        "bridge" => &["bridge"],
        "deviations" => &["deviations"],
        "milestones" => &["milestones", "monitoring"],
        "budget" => &["budget", "allocation"],
        "problems" => &["problems"],
        _ => &[],
    }
}

/// The row of a tidy table that has a number and the most of a line's texts; nothing where several have.
pub(super) fn table_row(
    findings: &Findings<'_>,
    page: &str,
    value: Amount,
    look: Look,
    labels: &[String],
) -> Option<TableRow> {
    let wanted = tables_of(page);
    let written = match look {
        // Points are fractions in the tables.
        Look::Points => value.times_ten_to(-2),
        _ => value,
    };
    let is_value = |field: &Field| matches!(field, Field::Number(text) if *text == written.plain() || *text == written.plain_ratio());
    let mut best: Option<(usize, TableRow)> = None;
    let mut is_only = true;
    for table in tidy::build(findings).iter().filter(|table| wanted.contains(&table.name)) {
        for (row, fields) in table.rows.iter().enumerate() {
            let Some(column) = fields.iter().position(is_value) else { continue };
            let has = |label: &&String| {
                fields.iter().any(|field| matches!(field, Field::Text(text) if text.eq_ignore_ascii_case(label)))
            };
            let score = labels.iter().filter(has).count();
            let is_better = best.as_ref().is_none_or(|(known, _)| score > *known);
            is_only = if is_better { true } else { is_only && best.as_ref().is_some_and(|(known, _)| score < *known) };
            if is_better {
                let path = format!("tables/{}.csv", table.name);
                best = Some((score, TableRow { path, row: row + 2, column: table.header[column] }));
            }
        }
    }
    best.filter(|(score, _)| is_only && *score > 0).map(|(_, row)| row)
}
