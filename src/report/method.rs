//! Method: how the figures of this workbook are made, one line for each of its headers.

use std::collections::BTreeSet;

use crate::text::{Lang, wordings};

use super::{Block, Column, Findings, Item, Line, LineRole, Page, sheet_name};

/// The headers that the pages use and that are more than a name. Nothing where there are none.
pub fn build(findings: &Findings<'_>, pages: &[Page]) -> Option<Page> {
    let used: BTreeSet<&str> = pages
        .iter()
        .flat_map(|page| &page.blocks)
        .flat_map(|block| &block.columns)
        .map(|column| column.header.as_str())
        .collect();
    // `PL quantity` and the like are made of a scenario and a word.
    let is_used = |header: &str| used.iter().any(|used| *used == header || used.ends_with(&format!(" {header}")));
    let keys = Lang::En.keys().into_iter().filter_map(|key| key.strip_prefix("head."));
    let is_defined = |key: &&str| !wordings(&format!("method.{key}")).is_empty();
    let lines: Vec<Line> = keys
        .filter(|key| is_defined(key) && is_used(findings.word(&format!("head.{key}"))))
        .map(|key| Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                Item::text(Lang::Zh.word(&format!("head.{key}"))),
                Item::text(Lang::En.word(&format!("head.{key}"))),
                Item::text(findings.word(&format!("method.{key}"))),
            ],
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.term_zh")),
        Column::new(word("head.term_en")),
        Column::new(word("head.definition")).wrapping(),
    ];
    let manifest = sheet_name(15, "manifest", findings.lang);
    Some(Page {
        key: "method",
        number: 16,
        message: word("message.method").to_string(),
        titles: vec![findings.company_name(), findings.lang.say("legend.method", &[("sheet", &manifest)])],
        blocks: vec![Block::new("", columns, lines)],
        worst: None,
        frozen_columns: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers of names, texts and days: they say themselves what they are.
    const PLAIN: [&str; 96] = [
        "action",
        "action_done",
        "action_due",
        "action_owner",
        "action_status",
        "advice",
        "against",
        "alert",
        "base_value",
        "cadence",
        "cadence_text",
        "cause_category",
        "cause_note",
        "code",
        "count",
        "criterion",
        "customer",
        "cycle",
        "day",
        "deal",
        "deal_amount",
        "deal_owner",
        "definition",
        "department",
        "deviation",
        "done",
        "done_on",
        "due",
        "due_text",
        "earlier_close",
        "expected_close",
        "expected_recovery",
        "field",
        "file",
        "finding",
        "first_cells",
        "first_day",
        "hash",
        "header_row",
        "hint",
        "indicator",
        "item",
        "last_activity",
        "last_day",
        "last_due",
        "level",
        "likely_cause",
        "lines",
        "measure",
        "metric",
        "months_without_figures",
        "name",
        "next_due",
        "next_work_day",
        "note",
        "outcome",
        "owner",
        "period",
        "person_id",
        "phase",
        "pipeline",
        "place",
        "place_first",
        "planned_start",
        "raw",
        "register_state",
        "remark",
        "review",
        "reviewer",
        "role",
        "rows",
        "rows_note",
        "rows_total",
        "rows_used",
        "rule",
        "scenario",
        "setting",
        "severity",
        "sheet",
        "signature",
        "size",
        "stage",
        "stated_status",
        "step",
        "table",
        "task",
        "term_en",
        "term_zh",
        "unit",
        "unreadable",
        "used",
        "value",
        "week",
        "what",
        "what_first",
        "worst",
    ];

    #[test]
    fn every_header_has_a_method_or_needs_none() {
        for key in Lang::En.keys().into_iter().filter_map(|key| key.strip_prefix("head.")) {
            let is_defined = !wordings(&format!("method.{key}")).is_empty();
            assert_ne!(is_defined, PLAIN.contains(&key), "{key}");
        }
    }
}
