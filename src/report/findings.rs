//! The workbook for the person who owns a file: what to correct in it, where, and what it is worth.
//!
//! First every file's findings in groups, then each of them with room to say what became of it,
//! then what is doubtful about the targets, unit by unit.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::measure::Amount;
use crate::problem::{Problem, Severity, company_or, metric_word};
use crate::text::Lang;

use super::problems::{self, MOST_ROWS};
use super::{Block, Column, Item, Line, LineRole, Look, Page};

/// Cells that a group names.
const SHOWN: usize = 5;
/// The criteria, in the order of their letters.
const CRITERIA: [&str; 5] = ["specific", "measurable", "achievable", "relevant", "time_bound"];

/// The pages of findings about what was read.
pub fn build(problems: &[Problem], company: Option<&str>, lang: Lang) -> Vec<Page> {
    let sorted = problems::sorted(problems);
    let company = company_or(company.unwrap_or(""), lang);
    vec![groups(&sorted, &company, lang), each(&sorted, &company, lang), smart(problems, &company, lang)]
}

/// What makes findings alike: file, sheet, code and column.
type GroupKey<'a> = (&'a Arc<str>, &'a Arc<str>, &'static str, &'a str);

/// Findings that are alike.
struct Group<'a> {
    problems: Vec<&'a Problem>,
    amount: Option<Amount>,
}

impl Group<'_> {
    fn severity(&self) -> Severity {
        self.problems.first().map_or(Severity::Info, |problem| problem.severity())
    }

    fn weight(&self) -> (Reverse<Severity>, Reverse<Amount>) {
        (Reverse(self.severity()), Reverse(self.amount.unwrap_or(Amount::ZERO)))
    }
}

/// One block a file, one line a group: the worst and costliest first.
fn groups(problems: &[&Problem], company: &str, lang: Lang) -> Page {
    let mut groups: BTreeMap<GroupKey<'_>, Group<'_>> = BTreeMap::new();
    for problem in problems {
        let key = (&problem.at.file, &problem.at.sheet, problem.kind.code(), problem.kind.field());
        let group = groups.entry(key).or_insert_with(|| Group { problems: Vec::new(), amount: None });
        group.problems.push(problem);
        // What is too much here does not make up for what is too little there.
        if let Some(amount) = problem.amount.map(Amount::abs) {
            group.amount = Some(group.amount.map_or(amount, |sum| sum + amount));
        }
    }
    let mut files: BTreeMap<&Arc<str>, Vec<(GroupKey<'_>, Group<'_>)>> = BTreeMap::new();
    for (key, group) in groups {
        files.entry(key.0).or_default().push((key, group));
    }
    let mut files: Vec<_> = files.into_iter().collect();
    for (_, groups) in &mut files {
        groups.sort_by_key(|(_, group)| group.weight());
    }
    files.sort_by_key(|(_, groups)| {
        let stake: Amount = groups.iter().filter_map(|(_, group)| group.amount).sum();
        // A file of which nothing was used is the worst: nobody knows what it is worth.
        let is_rejected =
            groups.iter().any(|(_, group)| group.problems.iter().any(|problem| problem.kind.rejects_file()));
        (Reverse(is_rejected), groups.first().map(|(_, group)| Reverse(group.severity())), Reverse(stake))
    });
    let word = |key: &str| lang.word(key);
    let columns = vec![
        Column::new(word("head.severity")),
        Column::new(word("head.code")),
        Column::new(word("head.finding")).wrapping(),
        Column::new(word("head.sheet")).wrapping(),
        Column::new(word("head.field")).wrapping(),
        Column::new(word("head.count")),
        Column::new(word("head.first_cells")).wrapping(),
        Column::new(word("head.amount")),
        Column::new(word("head.what_first")).wrapping(),
        Column::new(word("head.hint")).wrapping(),
        Column::new(word("head.place_first")).wrapping(),
    ];
    let blocks: Vec<Block> = files
        .iter()
        .map(|(file, groups)| {
            let n_findings: usize = groups.iter().map(|(_, group)| group.problems.len()).sum();
            let title = lang.say("block.findings", &[("file", file), ("count", &n_findings.to_string())]);
            let lines = groups.iter().map(|(key, group)| group_line(key, group, lang));
            Block::new(title, columns.clone(), lines.collect())
        })
        .collect();
    Page {
        key: "finding_groups",
        number: 1,
        message: problems::count(problems, lang),
        titles: vec![company.to_string(), word("legend.finding_groups").to_string()],
        blocks,
        worst: None,
        frozen_columns: 0,
    }
}

fn group_line((_, sheet, code, field): &GroupKey<'_>, group: &Group<'_>, lang: Lang) -> Line {
    let severity = group.severity();
    let mut cells: Vec<String> =
        group.problems.iter().map(|problem| problem.at.address()).filter(|address| !address.is_empty()).collect();
    cells.dedup();
    let n_cells = cells.len();
    cells.truncate(SHOWN);
    if n_cells > SHOWN {
        cells.push("…".to_string());
    }
    let first = group.problems.first();
    let items = vec![
        problems::severity_item(severity, lang),
        Item::text(*code),
        Item::text(lang.word(&format!("problem.{code}.name"))),
        Item::text(sheet.to_string()),
        Item::text(*field),
        Item::number(i64::try_from(group.problems.len()).ok().map(Amount::whole), Look::Amount(0)),
        Item::text(cells.join(", ")),
        Item::toned(group.amount, Look::Amount(2), problems::tone(severity)),
        Item::text(first.map_or(String::new(), |problem| problem.kind.message(lang))),
        Item::text(first.map_or(String::new(), |problem| problem.kind.hint(lang))),
        first.map_or(Item::Blank, |problem| Item::Source(problem.at.clone())),
    ];
    Line { role: LineRole::Detail, depth: 0, items }
}

/// Columns for the owner: what became of it, and anything else.
fn inputs(lang: Lang) -> [Column; 2] {
    let choices = ["input.open", "input.done", "input.none"].map(|key| lang.word(key));
    [
        Column::new(lang.word("head.done")).to_fill(&choices),
        Column::new(lang.word("head.remark")).wrapping().to_fill(&[]),
    ]
}

/// Every finding by itself.
fn each(problems: &[&Problem], company: &str, lang: Lang) -> Page {
    let mut columns = problems::columns(lang);
    columns.extend(inputs(lang));
    let lines = problems.iter().take(MOST_ROWS).enumerate().map(|(index, problem)| {
        let mut items = problems::items(index, problem, lang);
        items.extend([Item::Blank, Item::Blank]);
        Line { role: LineRole::Detail, depth: 0, items }
    });
    let shown = problems.len().min(MOST_ROWS).to_string();
    let legend = lang.say("legend.findings", &[("shown", &shown), ("all", &problems.len().to_string())]);
    Page {
        key: "findings",
        number: 2,
        message: problems::count(problems, lang),
        titles: vec![company.to_string(), legend, lang.word("legend.to_fill").to_string()],
        blocks: vec![Block::new("", columns, lines.collect())],
        worst: None,
        frozen_columns: 4,
    }
}

/// What is doubtful about targets, by unit and criterion.
fn smart(problems: &[Problem], company: &str, lang: Lang) -> Page {
    let letter = |problem: &Problem| {
        let criterion = problem.kind.criterion()?;
        CRITERIA.iter().position(|known| *known == criterion)
    };
    let mut remarks: Vec<(&str, usize, &Problem)> =
        problems.iter().filter_map(|problem| Some((problem.kind.target().0, letter(problem)?, problem))).collect();
    // Stable: what is alike stays in input order. The company comes first, for it has no name.
    remarks.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let n_units = remarks.chunk_by(|a, b| a.0 == b.0).count().to_string();
    let message = lang.say("message.smart", &[("count", &remarks.len().to_string()), ("units", &n_units)]);
    let lines = remarks.iter().take(MOST_ROWS).map(|(unit, letter, problem)| {
        let metric = problem.kind.target().1;
        let items = vec![
            Item::text(company_or(unit, lang)),
            Item::text(if metric.is_empty() { String::new() } else { metric_word(metric, lang) }),
            Item::text(lang.word(&format!("criterion.{}", CRITERIA[*letter]))),
            Item::text(problem.kind.code()),
            Item::Source(problem.at.clone()),
            Item::text(problem.kind.message(lang)),
            Item::text(problem.kind.hint(lang)),
            Item::number(problem.amount, Look::Amount(2)),
            Item::Blank,
            Item::Blank,
        ];
        Line { role: LineRole::Detail, depth: 0, items }
    });
    let word = |key: &str| lang.word(key);
    let mut columns = vec![
        Column::new(word("head.unit")).wrapping(),
        Column::new(word("head.metric")).wrapping(),
        Column::new(word("head.criterion")),
        Column::new(word("head.code")),
        Column::new(word("head.place")).wrapping(),
        Column::new(word("head.what")).wrapping(),
        Column::new(word("head.hint")).wrapping(),
        Column::new(word("head.amount")),
    ];
    columns.extend(inputs(lang));
    Page {
        key: "smart",
        number: 3,
        message,
        titles: vec![company.to_string(), word("legend.smart").to_string(), word("legend.to_fill").to_string()],
        blocks: vec![Block::new("", columns, lines.collect())],
        worst: None,
        frozen_columns: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::CellRef;
    use crate::problem::Kind;

    fn problem(file: &str, row: u32, amount: Option<i64>) -> Problem {
        let at = CellRef::sheet(&file.into(), &"Data".into()).at(row, 3);
        let kind = Kind::NotANumber { field: "Sales".into(), raw: "lots".into() };
        Problem::new(at, kind).worth(amount.map(Amount::whole))
    }

    #[test]
    fn a_sheet_holds_so_many_findings_and_says_how_many_there_are() {
        let problems: Vec<Problem> = (0..20_001).map(|row| problem("a.xlsx", row, None)).collect();
        let pages = build(&problems, None, Lang::En);
        assert_eq!(pages[1].blocks[0].lines.len(), 20_000);
        assert!(pages[1].titles.iter().any(|title| title.starts_with("20000 of 20001 shown")), "{:?}", pages[1].titles);
        // Alike, they are one line.
        assert_eq!(pages[0].blocks[0].lines.len(), 1);
    }

    #[test]
    fn the_costliest_file_comes_first_and_what_is_too_much_does_not_hide_what_is_too_little() {
        let problems =
            [problem("a.xlsx", 1, Some(50)), problem("b.xlsx", 1, Some(100)), problem("b.xlsx", 2, Some(-90))];
        let page = &build(&problems, None, Lang::En)[0];
        let titles: Vec<&str> = page.blocks.iter().map(|block| block.title.as_str()).collect();
        assert_eq!(titles, ["b.xlsx: 2 finding(s)", "a.xlsx: 1 finding(s)"]);
        let Item::Number(figure) = &page.blocks[0].lines[0].items[7] else { panic!("no amount") };
        assert_eq!(figure.value, Amount::whole(190));
    }
}
